import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { datasetExists } from "@redkite/brain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgram } from "../../src/cli/program.ts";

describe("redkite dataset import and export", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "redkite-cli-"));
  });
  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  async function redkite(...args: string[]): Promise<string> {
    let printed = "";
    const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    try {
      const program = await createProgram(["dataset", ...args]);
      await program.parseAsync(["dataset", ...args], { from: "user" });
    } finally {
      write.mockRestore();
    }
    return printed;
  }

  /** Two images, of which the table names three. */
  async function makeTable(): Promise<string> {
    const folder = join(home, "source");
    await mkdir(folder);
    for (const name of ["a.png", "b.png"]) await writeFile(join(folder, name), "");
    const rows = ["filepath,tags,kind.label", "a.png,train,cat", "b.png,,dog", "c.png,,cat"];
    await writeFile(join(folder, "labels.csv"), `${rows.join("\n")}\n`);
    return folder;
  }

  it("import tells which line is broken, or what was left out", async () => {
    const folder = await makeTable();
    const args = ["import", "pets", folder, "--format", "csv", "--home", home];
    await expect(redkite(...args)).rejects.toThrow("labels.csv:4:");
    expect(await datasetExists("pets", { home })).toBe(false);
    const printed = await redkite(...args, "--skip-invalid");
    expect(printed).toContain('Imported 2 samples into dataset "pets"\nLeft out as broken: 1\n');
    expect(printed).toContain("labels.csv:4: ");
    await expect(redkite(...args, "--skip-invalid")).rejects.toThrow('"pets" exists');
    const again = await redkite(...args, "--skip-invalid", "--overwrite", "--json");
    expect(JSON.parse(again)).toMatchObject({ name: "pets", count: 2, problemCount: 1 });
  });

  it("export writes the files, and tells what has no place in them", async () => {
    const folder = await makeTable();
    const place = ["--home", home];
    await redkite("import", "pets", folder, "--format", "csv", "--skip-invalid", ...place);
    const target = join(home, "tree");
    const args = ["export", "pets", target, "--format", "class-directory-tree", ...place];
    expect(await redkite(...args)).toBe(
      `Exported 2 samples to ${target}\nNo place in class-directory-tree: tags of samples (1)\n`,
    );
    expect(await readdir(target)).toEqual(["cat", "dog"]);
    await expect(redkite(...args)).rejects.toThrow("there is something already");
    const table = join(home, "table");
    await redkite(
      "export",
      "pets",
      table,
      "--format",
      "csv",
      "--media",
      "none",
      "--json",
      ...place,
    );
    expect(await readFile(join(table, "labels.csv"), "utf8")).toContain("a.png,train,cat,");
  });

  it("formats lists what there is; another format is refused", async () => {
    const formats: { name: string }[] = JSON.parse(await redkite("formats", "--json"));
    expect(formats.map(({ name }) => name)).toContain("fiftyone");
    expect(await redkite("formats")).toContain("COCO: ");
    const args = ["import", "pets", home, "--format", "tar", "--home", home];
    await expect(redkite(...args)).rejects.toThrow("No format 'tar'; there are ");
    await expect(redkite(...args, "--seed", "x")).rejects.toThrow(
      '--seed takes a whole number, not "x"',
    );
  });
});
