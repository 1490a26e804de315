import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig, readSnowparkConfig } from "@redkite/snowpark";
import type { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { commandLine } from "../../src/cli/snowpark/snowpark-options.ts";
import { UsageError } from "../../src/usage-error.ts";

const commands = [
  "init",
  "doctor",
  "plan",
  "up",
  "status",
  "logs",
  "open",
  "proxy",
  "verify",
  "pause",
  "resume",
  "backup",
  "restore",
  "upgrade",
  "down",
  "sql",
  "images",
  "simulate",
];

/** Runs a command; answers what it printed. */
async function redkite(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string; code: number | string | undefined }> {
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      printed[stream] += String(text);
      return true;
    }),
  );
  try {
    const program = await createProgram(args, environment);
    await program.parseAsync(args, { from: "user" });
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  const code = process.exitCode;
  process.exitCode = undefined;
  return { ...printed, code };
}

describe("redkite snowpark", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "redkite-snowpark-cli-"));
  });
  afterEach(async () => {
    process.exitCode = undefined;
    await rm(folder, { recursive: true });
  });

  it("has all its commands, and each shows examples in its help", async () => {
    const program = await createProgram(["snowpark"]);
    const snowpark = program.commands.find((command) => command.name() === "snowpark");
    expect(snowpark?.commands.map((command) => command.name())).toEqual(commands);
    for (const command of snowpark?.commands ?? []) {
      expect(helpOf(command), command.name()).toMatch(/\nExamples:\n {2}\$ .*redkite snowpark /);
    }
  });

  it("init writes a file that reads as what was asked for, and tells the cost", async () => {
    const file = join(folder, "snowpark.yaml");
    const options = [
      "--name",
      "films",
      "--family",
      "CPU_X64_M",
      "--user",
      "ADA",
      "--user",
      "GRACE",
    ];
    const { stdout } = await redkite(["snowpark", "init", "--config", file, "--yes", ...options]);
    expect(stdout).toMatch(/about 0\.22 credits an hour .*an estimate/);
    const config = readSnowparkConfig(await readFile(file, "utf8"), file);
    expect(config).toEqual({
      ...defaultConfig("films"),
      users: ["ADA", "GRACE"],
      pool: { ...defaultConfig().pool, instanceFamily: "CPU_X64_M" },
    });
  });

  it("init replaces no file", async () => {
    const file = join(folder, "snowpark.yaml");
    await writeFile(file, "name: mine\n");
    const run = redkite(["snowpark", "init", "--config", file, "--yes"]);
    await expect(run).rejects.toThrow(/is there already and is not replaced/);
    expect(await readFile(file, "utf8")).toBe("name: mine\n");
  });

  it("init refuses what the file could not say, with exit code 2, and writes nothing", async () => {
    const file = join(folder, "snowpark.yaml");
    const { stderr, code } = await redkite([
      ...["snowpark", "init", "--config", file, "--yes"],
      ...["--name", "no spaces; DROP"],
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/snowpark\.yaml:\d+:\d+/);
    await expect(readFile(file)).rejects.toThrow(/ENOENT/);
  });

  it.each([
    [["status", "--config", "/nowhere/snowpark.yaml"], /Cannot read \/nowhere\/snowpark\.yaml/],
    [["up", "--simulate", "--connection", "work"], /exclude each other/],
    [["logs", "--lines", "0"], /--lines takes a whole number from 1 to 1000, not "0"/],
    [["proxy", "--port", "65536"], /--port takes a whole number from 0 to 65535/],
    [["sql", "-", "--define", "novalue"], /no variable novalue in the environment/],
    [["sql", "-", "--define", "no-name=x"], /--define takes name=value/],
  ])("refuses in one line: %j", async (args, message) => {
    const run = redkite(["snowpark", ...args]);
    await expect(run).rejects.toBeInstanceOf(UsageError);
    await expect(redkite(["snowpark", ...args])).rejects.toThrow(message);
  });

  it.each([
    [{}, "redkite snowpark verify"],
    [{ simulate: true }, "redkite snowpark verify --simulate"],
    [
      { config: "it's mine.yaml", connection: "prod" },
      "redkite snowpark verify --config 'it'\\''s mine.yaml' --connection prod",
    ],
  ] as const)("commandLine() names the next command with the options %j", (options, line) => {
    expect(commandLine("verify", options)).toBe(line);
  });

  it("tells with --json also what was asked for wrongly", async () => {
    const file = join(folder, "nowhere.yaml");
    const { stdout, code } = await redkite(["snowpark", "status", "--json", "--config", file]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "invalid-configuration",
      message: expect.stringContaining(`Cannot read ${file}`),
    });
  });

  it("sql takes a value from the environment, so that no list of processes shows it", async () => {
    const environment = { SNOWFLAKE_HOME: folder, root_password: "hunter2" };
    const told = await redkite(["snowpark", "sql", "-", "-D", "root_password"], environment);
    // It got past the options.
    expect(told.stderr).toContain("No connection is configured");
  });

  it("says with exit code 2 that no connection is configured, and what to do", async () => {
    const environment = { SNOWFLAKE_HOME: folder };
    const told = await redkite(["snowpark", "status"], environment);
    expect(told).toMatchObject({ code: 2, stdout: "" });
    expect(told.stderr).toMatch(/No connection is configured.*what to do: .*--simulate/s);
    const asJson = await redkite(["snowpark", "status", "--json"], environment);
    expect(JSON.parse(asJson.stdout).error).toMatchObject({ code: "invalid-configuration" });
  });
});

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}
