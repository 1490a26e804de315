import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset, loadDataset } from "@redkite/brain";
import { logger } from "@zilliz/milvus2-sdk-node";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createProgram } from "../../src/cli/program.ts";

logger.level = "silent";

describe("redkite similarity", () => {
  let home: string;
  let ids: readonly string[];
  const image = (color: string) => join(home, `${color}.png`);

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "redkite-cli-"));
    const dataset = await createDataset("colors", { home });
    const colors = ["red", "darkred", "blue"];
    for (const background of colors) {
      const picture = sharp({ create: { width: 8, height: 8, channels: 3, background } });
      await picture.toFile(image(background));
    }
    ids = await dataset.addSamples(colors.map((color) => ({ filepath: image(color) })));
    await dataset.close();
  });
  afterAll(() => rm(home, { recursive: true }));

  /** Runs a command on the home; answers what it printed. */
  async function redkite(...args: string[]): Promise<string> {
    let printed = "";
    const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    try {
      const program = await createProgram(["similarity", ...args]);
      await program.parseAsync(["similarity", ...args, "--home", home], { from: "user" });
    } finally {
      write.mockRestore();
    }
    return printed;
  }

  it("compute makes an index, search finds by id and picture, runs lists it", async () => {
    expect(await redkite("compute", "colors", "--key", "all")).toBe("all: 3 vectors\n");
    const byId = await redkite("search", "colors", ids[0], "--key", "all", "--limit", "2");
    expect(byId.split("\n")[0]).toMatch(
      new RegExp(`^ +1\\.0000 +-?0\\.0000 +${ids[0]} +.*red.png$`),
    );
    expect(byId.trimEnd().split("\n")).toHaveLength(2);
    const found = await redkite(
      "search",
      "colors",
      "--image",
      image("blue"),
      "--key",
      "all",
      "--json",
    );
    expect(JSON.parse(found)[0]).toMatchObject({ id: ids[2], filepath: image("blue") });
    expect(await redkite("runs", "colors")).toMatch(/^all {2}embedded {2}completed {2}\d{4}-/);
    expect(JSON.parse(await redkite("runs", "colors", "--json"))).toMatchObject([{ key: "all" }]);
  });

  it("duplicates finds near and equal files, tags what may go, and keeps a run", async () => {
    const command = ["duplicates", "colors"];
    const near = await redkite(
      ...command,
      "--fraction",
      "0.34",
      "--save",
      "near",
      "--tag",
      "twice",
    );
    expect(near).toMatch(new RegExp(`^ +${ids[0]} .*/red.png\n +\\d\\.\\d{4} +${ids[1]} `));
    expect(near).toMatch(/\n1 duplicates of 1, at most \d/);
    expect(await redkite("runs", "colors")).toContain("near  greedy  completed");
    const exact = JSON.parse(await redkite(...command, "--exact", "--json"));
    expect(exact).toEqual({ duplicateCount: 0, groups: [] });
    const dataset = await loadDataset("colors", { home });
    expect(await dataset.matchTags("twice").ids()).toEqual([ids[1]]);
    await dataset.close();
    await expect(redkite(...command, "--exact", "--key", "all")).rejects.toThrow(/without --key/);
    await expect(redkite(...command, "--threshold", "far")).rejects.toThrow(/takes a number/);
    await expect(redkite(...command, "--threshold", "-1")).rejects.toThrow(/is no distance/);
  });

  it("tells what can't be done in one line", async () => {
    const compute = (...args: string[]) => redkite("compute", "colors", "--key", ...args);
    await expect(compute("x", "--model", "resnet")).rejects.toThrow(/Cannot find a model/);
    await expect(compute("x", "--model", "{")).rejects.toThrow(/--model is no JSON/);
    await expect(compute("all")).rejects.toThrow(/already exists/);
    await expect(redkite("search", "colors", "--key", "none", ids[0])).rejects.toThrow(
      "Dataset has no brain method run key 'none'",
    );
    const none = redkite("search", "colors", "--key", "all");
    await expect(none).rejects.toThrow(/Give a query/);
    const limit = redkite("search", "colors", ids[0], "--key", "all", "--limit", "many");
    await expect(limit).rejects.toThrow(/--limit takes a number/);
  });
});
