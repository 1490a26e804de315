import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MilvusClient } from "@redkite/milvus/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DemoResult, type DemoStep, runDemo } from "../../src/demo/run-demo.ts";

const readmes = {
  "color-convert":
    "Converts colors between RGB, HSL, CMYK and their names, in JavaScript and Node.",
  int64: "Holds integers of 64 bits, which do not fit the floating point numbers of JavaScript.",
  wrap: "Wraps words at the width of the terminal, also in lines with ANSI escape codes for colors.",
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "redkite-demo-"));
  for (const [name, text] of Object.entries(readmes)) {
    await mkdir(join(root, "node_modules", name), { recursive: true });
    await writeFile(join(root, "node_modules", name, "README.md"), `# ${name}\n\n${text}\n`);
  }
});

afterEach(() => rm(root, { recursive: true }));

describe("runDemo()", () => {
  it("finds who started AI research, and the package that each question is about", async () => {
    const { quickDemo, answers } = await run();
    expect(quickDemo.hits).toHaveLength(3);
    expect(quickDemo.hits[0].fields["text"]).toBe(
      "Alan Turing was the first person to conduct substantial research in AI.",
    );
    expect(quickDemo.hits[0].score).toBeCloseTo(0.65, 2);
    const packages = answers.map(({ hits }) => hits[0].fields["package"]);
    expect(packages).toEqual(["int64", "color-convert", "wrap"]);
  });

  it("embeds nothing again on its second run, and answers the same", async () => {
    const first = await run();
    const steps: DemoStep[] = [];
    const second = await run({ onStep: (step) => steps.push(step) });
    expect(first.readmes).toMatchObject({ readmeCount: 3, chosenCount: 3, storedCount: 0 });
    expect(second).toEqual({ ...first, readmes: { ...first.readmes, storedCount: 3 } });
    expect(steps.map(({ kind }) => kind)).toEqual(["asked-quick-demo", "read", "asked-readmes"]);
  });

  it("embeds only what is new since", async () => {
    await run();
    await writeFile(join(root, "node_modules/wrap/README.md"), `# wrap\n\nNew: ${readmes.wrap}`);
    expect((await run()).readmes.storedCount).toBe(2);
  });

  it("leaves a database that the next run goes on with when it is stopped", async () => {
    const stop = new AbortController();
    const onStep = ({ kind }: DemoStep): void => {
      if (kind === "read") stop.abort(new Error("stopped"));
    };
    await expect(run({ onStep, signal: stop.signal })).rejects.toThrow("stopped");
    expect((await run()).answers[0].hits).toHaveLength(3);
  });

  it("says where to run it when nothing is installed", async () => {
    await rm(join(root, "node_modules"), { recursive: true });
    await expect(run()).rejects.toThrow("node_modules");
  });
});

async function run({
  onStep = () => undefined,
  signal = new AbortController().signal,
}: {
  onStep?: (step: DemoStep) => void;
  signal?: AbortSignal;
} = {}): Promise<DemoResult> {
  const client = new MilvusClient({ address: join(root, "demo.db"), logLevel: "error" });
  try {
    return await runDemo({ client, startFolders: [root], onStep, signal });
  } finally {
    await client.closeConnection();
  }
}
