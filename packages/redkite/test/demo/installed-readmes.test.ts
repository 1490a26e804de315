import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findInstalledReadmes } from "../../src/demo/installed-readmes.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "redkite-readmes-"));
});

afterEach(() => rm(root, { recursive: true }));

describe("findInstalledReadmes()", () => {
  it("reads the READMEs of packages, of scopes too, and of nothing else", async () => {
    await write("node_modules/b/README.md", "# b");
    await write("node_modules/@scope/a/readme.markdown", "# a");
    await write("node_modules/no-readme/index.js", "");
    await write("node_modules/.cache/README.md", "# cache");
    await write("node_modules/file.js", "");
    expect(await findInstalledReadmes([root])).toEqual({
      folder: join(root, "node_modules"),
      readmes: [
        { packageName: "@scope/a", markdown: "# a" },
        { packageName: "b", markdown: "# b" },
      ],
    });
  });

  it("goes up from the folder, past a node_modules without READMEs", async () => {
    await write("node_modules/a/README.md", "# a");
    await write("app/node_modules/b/index.js", "");
    await mkdir(join(root, "app/src"));
    const found = await findInstalledReadmes([join(root, "app/src")]);
    expect(found?.folder).toBe(join(root, "node_modules"));
  });

  it("goes on with the next folder when there are none above the first", async () => {
    await write("other/node_modules/a/README.md", "# a");
    const found = await findInstalledReadmes([join(root, "nowhere"), join(root, "other")]);
    expect(found?.folder).toBe(join(root, "other/node_modules"));
  });

  it("answers undefined when there are no READMEs at all", async () => {
    expect(await findInstalledReadmes([root])).toBeUndefined();
  });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}
