import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { appEntries } from "../../src/images/app-entries.ts";
import { packageClosure } from "../../src/images/package-closure.ts";
import { temporaryFolder } from "../oci/debian-tools.ts";

/** Writes packages: their folders, and what they need. */
function install(
  root: string,
  packages: Readonly<Record<string, { version?: string; needs?: readonly string[] }>>,
): void {
  for (const [path, { version = "1.0.0", needs = [] }] of Object.entries(packages)) {
    const folder = join(root, path);
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const dependencies = Object.fromEntries(needs.map((need) => [need, "*"]));
    mkdirSync(join(folder, "dist"), { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version, dependencies }));
    for (const file of ["dist/index.js", "dist/index.d.ts", "README.md", "LICENSE"]) {
      writeFileSync(join(folder, file), file);
    }
  }
}

describe("packageClosure()", () => {
  it("lays packages out so that each finds the version it needs, and leaves out what is not wanted", async () => {
    using folder = temporaryFolder();
    install(folder.path, {
      "node_modules/app": { needs: ["a", "b", "heavy"] },
      "node_modules/a": { needs: ["c"] },
      "node_modules/b": { needs: ["c", "a"] },
      "node_modules/b/node_modules/c": { version: "2.0.0", needs: ["d"] },
      "node_modules/c": {},
      "node_modules/d": {},
      "node_modules/heavy": { needs: ["heavier"] },
    });
    const found = await packageClosure(join(folder.path, "node_modules/app"), new Set(["heavy"]));
    expect(found.map(({ place, version }) => `${place} ${version}`)).toEqual([
      "node_modules/a 1.0.0",
      "node_modules/app 1.0.0",
      "node_modules/b 1.0.0",
      "node_modules/b/node_modules/c 2.0.0",
      "node_modules/c 1.0.0",
      "node_modules/d 1.0.0",
    ]);
  });

  it("says what is not installed", async () => {
    using folder = temporaryFolder();
    install(folder.path, { "node_modules/app": { needs: ["missing"] } });
    await expect(
      packageClosure(join(folder.path, "node_modules/app"), new Set()),
    ).rejects.toMatchObject({
      code: "image-failed",
      message: expect.stringContaining("missing"),
    });
  });
});

describe("appEntries()", () => {
  it("takes code and licences, of packages in this repository only what is published", async () => {
    using folder = temporaryFolder();
    install(folder.path, { "node_modules/app": { needs: ["own"] }, "work/own": {} });
    writeFileSync(
      join(folder.path, "work/own/package.json"),
      '{"name": "own", "version": "1.0.0"}',
    );
    mkdirSync(join(folder.path, "work/own/test"));
    writeFileSync(join(folder.path, "work/own/test/own.test.js"), "");
    symlinkSync(join(folder.path, "work/own"), join(folder.path, "node_modules/own"));
    const packages = await packageClosure(join(folder.path, "node_modules/app"), new Set());
    const paths = (await appEntries(packages, "app")).map(({ path }) => path);
    const below = (name: string): string[] =>
      paths
        .filter((path) => path.startsWith(`app/node_modules/${name}/`))
        .map((path) => path.slice(`app/node_modules/${name}/`.length));
    expect(below("app")).toEqual(["LICENSE", "dist/index.js", "package.json"]);
    expect(below("own")).toEqual(["LICENSE", "dist/index.js", "package.json"]);
    expect(dirname(paths[0])).toBe("app/node_modules/app");
  });

  it("refuses a compiled addon of another processor", async () => {
    using folder = temporaryFolder();
    install(folder.path, { "node_modules/app": {} });
    const addon = new Uint8Array(64);
    addon.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    addon[18] = 0xb7;
    writeFileSync(join(folder.path, "node_modules/app/dist/addon.node"), addon);
    const packages = await packageClosure(join(folder.path, "node_modules/app"), new Set());
    await expect(appEntries(packages, "app")).rejects.toMatchObject({
      code: "image-failed",
      message: expect.stringContaining("another processor"),
    });
  });
});
