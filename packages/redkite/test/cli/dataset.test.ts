import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset, datasetExists } from "@redkite/brain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { UsageError } from "../../src/usage-error.ts";

describe("redkite dataset", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "redkite-cli-"));
  });
  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  /** Runs a command on the home; answers what it printed. */
  async function redkite(...args: string[]): Promise<string> {
    let printed = "";
    const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    try {
      const program = await createProgram(["dataset", ...args]);
      await program.parseAsync(["dataset", ...args, "--home", home], { from: "user" });
    } finally {
      write.mockRestore();
    }
    return printed;
  }

  async function makeBirds(): Promise<void> {
    const dataset = await createDataset("birds", { home });
    await dataset.addSample({
      filepath: "/kite.jpg",
      tags: ["raptor"],
      seen: { type: "Detections", detections: [{ label: "kite", boundingBox: [0, 0, 1, 1] }] },
    });
    await dataset.close();
  }

  it("list prints the names, or JSON", async () => {
    expect(await redkite("list")).toBe("");
    await makeBirds();
    await (await createDataset("fish", { home })).close();
    expect(await redkite("list")).toBe("birds\nfish\n");
    expect(JSON.parse(await redkite("list", "b*", "--json"))).toEqual(["birds"]);
  });

  it("info prints fields, counts and tags, or JSON", async () => {
    await makeBirds();
    const text = await redkite("info", "birds");
    expect(text).toMatch(/^Name: +birds$/m);
    expect(text).toMatch(/^Sample tags: +raptor \(1\)$/m);
    expect(text).toMatch(/^ {2}seen +Detections +1 samples, 1 labels$/m);
    expect(text).toMatch(/^ {2}tags +list<string> +1 samples$/m);
    expect(JSON.parse(await redkite("info", "birds", "--json"))).toMatchObject({
      name: "birds",
      sampleCount: 1,
      persistent: true,
      runs: [],
    });
  });

  it("delete asks for --yes where it can't ask, and deletes with it", async () => {
    await makeBirds();
    await expect(redkite("delete", "birds")).rejects.toThrow(/give --yes/);
    expect(await datasetExists("birds", { home })).toBe(true);
    expect(await redkite("delete", "birds", "--yes")).toBe('Deleted dataset "birds"\n');
    expect(await datasetExists("birds", { home })).toBe(false);
  });

  it.each([["info"], ["delete"]])(
    "%s tells a dataset that is not there in one line",
    async (command) => {
      const run = redkite(command, "none");
      await expect(run).rejects.toBeInstanceOf(UsageError);
      await expect(run).rejects.toThrow(/^There is no dataset "none"/);
    },
  );

  it("refuses what it does not know", async () => {
    await expect(redkite("burn")).rejects.toMatchObject({ name: "CommanderError", exitCode: 1 });
    await expect(redkite("list", "--all")).rejects.toMatchObject({ name: "CommanderError" });
  });
});
