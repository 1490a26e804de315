import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ContainerProcess } from "../../../src/simulator/runtime/container-process.ts";
import { LogLines } from "../../../src/simulator/runtime/log-lines.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "redkite-process-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z\s]/.test(stdout);
}

function node(script: string, lines = new LogLines(() => 1_000)): ContainerProcess {
  return new ContainerProcess({ argv: [process.execPath, "-e", script], env: {}, folder }, lines);
}

describe("ContainerProcess", () => {
  it("ContainerProcess ends its program when the process that holds it is killed", async () => {
    // The holder is a process of its own, from the built files: Node 20 runs no TypeScript.
    const built = fileURLToPath(
      new URL("../../../dist/simulator/runtime/container-process.js", import.meta.url),
    );
    const holder = spawn(process.execPath, [
      "--input-type=module",
      "-e",
      `import { ContainerProcess } from ${JSON.stringify(built)};
       const argv = [process.execPath, "-e", "setInterval(() => undefined, 1000)"];
       const held = new ContainerProcess({ argv, env: {}, folder: "/" }, { write() {} });
       console.log(held.pid);`,
    ]);
    const pid = await new Promise<number>((resolve) => {
      holder.stdout.once("data", (text: Buffer) => resolve(Number(text.toString())));
    });
    expect(isAlive(pid)).toBe(true);
    holder.kill("SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 5_000);
  });

  it("ContainerProcess tells the exit code of its program, and the signal's number after one", async () => {
    expect(await node("process.exit(7)").ended).toBe(7);
    expect(await node("process.kill(process.pid, 'SIGKILL')").ended).toBe(137);
    const lines = new LogLines(() => 1_000);
    const missing = new ContainerProcess({ argv: ["/no/such/program"], env: {}, folder }, lines);
    expect(await missing.ended).toBe(127);
    const nowhere = new ContainerProcess(
      { argv: ["/bin/true"], env: {}, folder: join(folder, "none") },
      lines,
    );
    expect(await nowhere.ended).toBe(127);
    await nowhere.stop();
  });
});

function texts(lines: readonly { readonly text: string }[]): string[] {
  return lines.map(({ text }) => text);
}

describe("LogLines", () => {
  it("LogLines keeps the last thousand lines, and those of the run before", () => {
    const lines = new LogLines(() => 1_000);
    lines.write("one\r\ntw");
    expect(lines.current).toEqual([
      { writtenAt: 1_000, text: "one" },
      { writtenAt: 1_000, text: "tw" },
    ]);
    lines.write("o\n");
    expect(texts(lines.current)).toEqual(["one", "two"]);
    lines.restart();
    expect(texts(lines.current)).toEqual([]);
    expect(texts(lines.previous)).toEqual(["one", "two"]);
    lines.write(Array.from({ length: 1_001 }, (_, index) => `${index}\n`).join(""));
    expect(lines.current).toHaveLength(1_000);
    expect(lines.current[0]?.text).toBe("1");
    lines.write("x".repeat(100_000));
    expect(lines.current.at(-1)?.text).toHaveLength(16_384);
  });
});
