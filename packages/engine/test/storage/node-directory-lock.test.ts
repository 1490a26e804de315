import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../src/base/assert.ts";
import type { EngineError } from "../../src/base/errors.ts";
import { nodeFileSystem } from "../../src/storage/node-file-system.ts";

// Other processes run the built files: these tests need a build.

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "redkite-"));
});
afterEach(() => rm(folder, { recursive: true }));

class Holder {
  readonly #process: ChildProcess = fork(new URL("lock-holder.mjs", import.meta.url));

  get pid(): number | undefined {
    return this.#process.pid;
  }

  async answer(): Promise<unknown> {
    const [answer] = await once(this.#process, "message");
    return answer;
  }

  lock(path: string): Promise<unknown> {
    this.#process.send(path);
    return this.answer();
  }

  async kill(): Promise<void> {
    const gone = once(this.#process, "exit");
    if (this.#process.kill("SIGKILL")) await gone;
  }
}

async function startHolder(): Promise<Holder> {
  const holder = new Holder();
  expect(await holder.answer()).toBe("ready");
  return holder;
}

/** Writes a lock as another process would have left it. */
async function leaveLock(owner: object | string): Promise<void> {
  const text = typeof owner === "string" ? owner : JSON.stringify({ token: "t", ...owner });
  await writeFile(join(folder, "LOCK"), text);
}

async function lockError(): Promise<EngineError> {
  const error = await nodeFileSystem.lockDirectory(folder).then(
    () => undefined,
    (thrown: EngineError) => thrown,
  );
  expect(error).toMatchObject({ code: "locked", details: { path: folder } });
  return error as EngineError;
}

describe("nodeFileSystem.lockDirectory() among processes", () => {
  const holders: Holder[] = [];
  beforeAll(async () => {
    holders.push(...(await Promise.all(Array.from({ length: 5 }, startHolder))));
  });
  afterAll(() => Promise.all(holders.map((holder) => holder.kill())));

  it("names the owner while it lives, and takes over when it was killed", async () => {
    const owner = holders[0];
    expect(await owner.lock(folder)).toBe("held");
    expect((await lockError()).details).toMatchObject({ pid: owner.pid, host: hostname() });
    expect(await holders[1].lock(folder)).toBe("locked");
    await owner.kill();
    const lock = await nodeFileSystem.lockDirectory(folder);
    expect(await holders[1].lock(folder)).toBe("locked");
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it("lets exactly one of several processes take over what a dead one left", async () => {
    const rivals = holders.slice(1);
    const folders = Array.from({ length: 12 }, (_, i) => join(folder, String(i)));
    const dead = await startHolder();
    for (const path of folders) {
      await mkdir(path);
      expect(await dead.lock(path)).toBe("held");
    }
    await dead.kill();
    for (const path of folders) {
      const answers = await Promise.all(rivals.map((rival) => rival.lock(path)));
      expect(answers.sort()).toEqual(["held", ...rivals.slice(1).map(() => "locked")]);
      expect(await readdir(path)).toEqual(["LOCK"]);
    }
  });
});

describe("nodeFileSystem.lockDirectory() and what it finds", () => {
  const ours = async (): Promise<{ pid: number; processStart: string; bootId: string }> => {
    const lock = await nodeFileSystem.lockDirectory(folder);
    const owner: unknown = JSON.parse(await readFile(join(folder, "LOCK"), "utf8"));
    await lock.release();
    return owner as { pid: number; processStart: string; bootId: string };
  };

  it("refuses another thread's or copy's lock of this very process", async () => {
    await leaveLock({ ...(await ours()), token: "another" });
    expect((await lockError()).details).toMatchObject({ pid: process.pid });
  });

  it.runIf(process.platform === "linux")(
    "takes over from an earlier process with the same pid, as in a restarted container",
    async () => {
      const owner = await ours();
      await leaveLock({ ...owner, processStart: `${owner.processStart}0` });
      await (await nodeFileSystem.lockDirectory(folder)).release();
      await leaveLock({ ...owner, bootId: "before the machine was started again" });
      await (await nodeFileSystem.lockDirectory(folder)).release();
    },
  );

  it("takes over from a process that is gone, without knowing when it had started", async () => {
    // Larger than any pid of Linux, macOS and Windows.
    await leaveLock({ pid: 2 ** 30, host: hostname() });
    await (await nodeFileSystem.lockDirectory(folder)).release();
  });

  it.runIf(process.platform === "linux")("takes over from a zombie", async () => {
    // The shell's child ends, and what the shell has become does not ask for its exit code. It ends
    // with its input, once the shell, which would ask, is no more.
    const shell = spawn("sh", ["-c", "cat <&3 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore", "pipe"],
    });
    try {
      const [output] = await once(must(shell.stdout, "a pipe"), "data");
      const pid = Number(output);
      while (!/\(sleep\)/.test(await readFile(`/proc/${shell.pid}/stat`, "utf8")))
        await setImmediate();
      must(shell.stdio[3], "a pipe").destroy();
      while (!/\) Z /.test(await readFile(`/proc/${pid}/stat`, "utf8"))) await setImmediate();
      await leaveLock({ pid, host: hostname() });
      await (await nodeFileSystem.lockDirectory(folder)).release();
    } finally {
      const gone = once(shell, "exit");
      shell.kill("SIGKILL");
      await gone;
    }
  });

  it("refuses the lock of another host and says what to remove", async () => {
    await leaveLock({ pid: process.pid, host: "elsewhere" });
    const { message } = await lockError();
    expect(message).toContain("elsewhere");
    expect(message).toContain(`remove "${folder}/LOCK"`);
  });

  it("refuses a lock file that it can't read", async () => {
    for (const text of ["", "{", "null", "{}", '{"pid":1,"host":"h","token":"../x"}']) {
      await leaveLock(text);
      expect((await lockError()).message).toContain(`remove "${folder}/LOCK"`);
    }
  });

  it("does not remove a lock that has become another's", async () => {
    const lock = await nodeFileSystem.lockDirectory(folder);
    await leaveLock({ pid: 1, host: "elsewhere" });
    await lock.release();
    expect(await readdir(folder)).toEqual(["LOCK"]);
  });
});
