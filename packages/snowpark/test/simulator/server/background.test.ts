import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  simulatorInBackground,
  stopSimulatorInBackground,
} from "../../../src/simulator/background.ts";
import { runningSimulator } from "../../../src/simulator/running-simulator.ts";
import { connectionSection } from "../../../src/simulator/simulator-connection.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "redkite-background-"));
});

afterEach(async () => {
  await stopSimulatorInBackground(folder);
  rmSync(folder, { recursive: true });
});

describe("simulatorInBackground", () => {
  it("simulatorInBackground() starts one simulator, finds it again, and it can be stopped", async () => {
    const [first, other] = await Promise.all([
      simulatorInBackground(folder),
      simulatorInBackground(folder),
    ]);
    expect(other.port).toBe(first.port);
    expect(first).toMatchObject({
      account: "simulated-account",
      host: "127.0.0.1",
      protocol: "http",
    });
    const running = await runningSimulator(folder);
    expect(running?.port).toBe(first.port);
    const again = await simulatorInBackground(folder);
    expect(again.port).toBe(first.port);
    expect(await stopSimulatorInBackground(folder)).toBe(true);
    expect(existsSync(join(folder, "lock"))).toBe(false);
    expect(await stopSimulatorInBackground(folder)).toBe(false);
    // The port is in the addresses of endpoints, so it stays.
    expect((await simulatorInBackground(folder)).port).toBe(first.port);
  });

  it("simulatorInBackground() takes over from one that was killed", async () => {
    await simulatorInBackground(folder);
    const pid = (await runningSimulator(folder))?.pid ?? 0;
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => {
      const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
      expect(stdout.replace(/^Z.*/, "").trim()).toBe("");
    });
    await simulatorInBackground(folder);
    expect((await runningSimulator(folder))?.pid).not.toBe(pid);
  });
});

describe("connectionSection", () => {
  it("connectionSection() is a section of connections.toml", () => {
    const section = connectionSection({ account: "simulated-account", port: 4711 });
    expect(section).toContain("[simulator]\n");
    expect(section).toContain('host = "127.0.0.1"\nport = 4711\n');
  });
});
