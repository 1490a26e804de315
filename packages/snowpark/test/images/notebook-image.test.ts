import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { portVariablesLabel } from "../../src/images/image-definition.ts";
import { jupyterImage, notebookImage } from "../../src/images/notebook-image.ts";
import { temporaryFolder } from "../oci/debian-tools.ts";

const wheelsFile = fileURLToPath(new URL("../../images/notebook-wheels.json", import.meta.url));

describe("notebookImage()", () => {
  it("without a base has one small layer, which starts the Jupyter of the machine", async () => {
    using folder = temporaryFolder();
    const definition = await notebookImage({ version: "1.2.3", base: "none" });
    expect(definition.tag).toMatch(/^1\.2\.3-[0-9a-f]{12}$/);
    const image = await definition.build({
      fetch,
      sleep: async () => {},
      cacheFolder: folder.path,
    });
    expect(image.manifest.layers).toHaveLength(1);
    expect(image.manifest.layers[0].size).toBeLessThan(10_000);
    const { config } = image.config;
    expect(config?.Entrypoint).toEqual(["/bin/sh", "/opt/redkite/start-notebook.sh"]);
    expect(JSON.parse(config?.Labels?.[portVariablesLabel] ?? "")).toEqual({
      8888: "JUPYTER_PORT",
    });
    expect(config?.Env).toContain(`NOTEBOOK_FOLDER=${definition.dataFolder}`);
  });

  it("has another tag for another base", async () => {
    const tags = await Promise.all(
      ["none", jupyterImage, "registry.example/base:1"].map(
        async (base) => (await notebookImage({ version: "1.2.3", base })).tag,
      ),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it("pins each package by its file and digest, for the Python of the base", () => {
    const { wheels } = JSON.parse(readFileSync(wheelsFile, "utf8"));
    expect(wheels.length).toBeGreaterThan(20);
    for (const { name, file, sha256 } of wheels) {
      expect(sha256, name).toMatch(/^[0-9a-f]{64}$/);
      expect(file).toMatch(
        /-(?:py3-none-any|py2\.py3-none-any|cp3\d+-(?:cp313|abi3)-manylinux[\w.]*x86_64)\.whl$/,
      );
    }
  });
});
