import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ContainerStart } from "../../../src/simulator/account/surroundings.ts";
import { BlobStore } from "../../../src/simulator/registry/blob-store.ts";
import { ContainerFolders } from "../../../src/simulator/runtime/container-folders.ts";
import { LocalPorts } from "../../../src/simulator/runtime/local-ports.ts";
import { LocalProcesses } from "../../../src/simulator/runtime/local-processes.ts";
import { UnpackedImages } from "../../../src/simulator/runtime/unpacked-images.ts";
import { LocalStageFiles } from "../../../src/simulator/stages/local-stage-files.ts";
import { echoServer, type SampleImage, sampleImage, serverImage } from "./sample-image.ts";

let folder: string;
let blobs: BlobStore;
let stages: LocalStageFiles;
let runtime: LocalProcesses;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "redkite-runtime-"));
  blobs = await BlobStore.open(join(folder, "images"));
  stages = new LocalStageFiles(join(folder, "stages"));
  const nodeFolder = join(folder, "bin");
  mkdirSync(nodeFolder);
  symlinkSync(process.execPath, join(nodeFolder, "node"));
  runtime = new LocalProcesses({
    now: Date.now,
    images: new UnpackedImages(join(folder, "images"), blobs),
    folders: new ContainerFolders(folder, stages),
    ports: new LocalPorts(),
    machine: {
      nodePath: process.execPath,
      nodeFolder,
      runsLinuxPrograms: process.platform === "linux" && process.arch === "x64",
      path: "/usr/bin:/bin",
    },
    firstRestartDelayMs: 20,
  });
});

afterEach(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

function written(container: ContainerStart, isPrevious: boolean): string[] {
  return runtime.logs(container, isPrevious).map(({ text }) => text);
}

async function stored(image: SampleImage): Promise<string> {
  for (const { bytes } of image.blobs) await blobs.put(bytes);
  return blobs.put(image.manifest);
}

let nextId = 1;

async function start(
  image: SampleImage,
  changes: Partial<ContainerStart> = {},
): Promise<ContainerStart> {
  nextId += 1;
  const container: ContainerStart = {
    service: "DB.PUBLIC.SVC",
    serviceId: nextId,
    instance: 0,
    container: "main",
    image: "/db/public/repo/image:1",
    digest: await stored(image),
    command: undefined,
    args: undefined,
    env: {},
    secretEnv: {},
    secretFiles: [],
    mounts: [],
    endpoints: [{ name: "http", port: 8080 }],
    readinessProbe: { port: 8080, path: "/" },
    isJob: false,
    ...changes,
  };
  await runtime.start(container);
  return container;
}

async function ready(container: ContainerStart): Promise<void> {
  await vi.waitFor(() => expect(runtime.status(container)?.isReady).toBe(true), 10_000);
}

interface Echo {
  readonly env: Record<string, string>;
  readonly argv: string[];
  readonly folder: string;
  readonly pid: number;
}

async function ask(service = "DB.PUBLIC.SVC", port = 8080): Promise<Echo> {
  const response = await fetch(`http://127.0.0.1:${runtime.addressOf(service, port)}/`);
  return (await response.json()) as Echo;
}

/** What has ended but was not asked for its exit code (a zombie) does not count. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z\s]/.test(stdout);
}

describe("LocalProcesses", () => {
  it("LocalProcesses.start() runs the image's entry point with its variables, and knows when it is ready", async () => {
    const container = await start(serverImage(echoServer), {
      env: { COLOUR: "red" },
      args: ["--x"],
    });
    await ready(container);
    const echo = await ask();
    expect(echo.argv).toEqual(["--x"]);
    expect(echo.env["COLOUR"]).toBe("red");
    expect(echo.env["SNOWFLAKE_DATABASE"]).toBe("DB");
    expect(echo.folder).toMatch(/\/rootfs\/app$/);
    // Nothing of the environment of the tests.
    expect(echo.env["VITEST"]).toBeUndefined();
    expect(written(container, false)).toEqual(["listening"]);
  });

  it("LocalProcesses.stop() asks a container to end, and waits for it", async () => {
    const container = await start(serverImage(echoServer));
    await ready(container);
    const { pid } = await ask();
    await runtime.stop(container);
    expect(isAlive(pid)).toBe(false);
    expect(runtime.status(container)).toBeUndefined();
    await runtime.stop(container);
  });

  it("LocalProcesses.stop() ends the processes that a container's program began too", async () => {
    const script = `
      const child = require("node:child_process").spawn("sleep", ["1000"]);
      console.log(child.pid);
      process.on("SIGTERM", () => process.exit(0));
      setInterval(() => undefined, 1000);`;
    const container = await start(serverImage(script), { readinessProbe: undefined });
    await vi.waitFor(() => expect(written(container, false)).toHaveLength(1));
    const pid = Number(written(container, false)[0]);
    expect(isAlive(pid)).toBe(true);
    await runtime.stop(container);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
  });

  it("LocalProcesses rewrites mounts, paths of the image and addresses of services", async () => {
    await stages.write("stage 7", "work/hello.txt", Buffer.from("hello"));
    const database = await start(serverImage(echoServer), { service: "DB.PUBLIC.MILVUS_1" });
    const container = await start(serverImage(echoServer), {
      args: ["--file=/app/main.js", "/data/x", "/not/there", "--host=0.0.0.0"],
      env: {
        DATA: "/data",
        WORK: "/workspace/files",
        MILVUS_URI: "http://milvus-1:8080/path",
        LONG: "milvus-1.abcd.svc.spcs.internal:8080",
        OTHER: "http://my-milvus-1:8080",
        NODE_PATH: "/app:/nowhere",
      },
      mounts: [
        { volume: "data", mountPath: "/data", source: { kind: "block", volumeId: "v/1" } },
        {
          volume: "work",
          mountPath: "/workspace/files/",
          source: { kind: "stage", stage: "stage 7", path: "work" },
        },
      ],
    });
    await ready(container);
    await ready(database);
    const { env, argv, folder: working } = await ask();
    const image = working.replace(/\/app$/, "");
    expect(env["DATA"]).toBe(join(folder, "volumes", "v%2F1"));
    expect(readFileSync(join(env["WORK"] ?? "", "hello.txt"), "utf8")).toBe("hello");
    expect(argv).toEqual([
      `--file=${image}/app/main.js`,
      `${env["DATA"]}/x`,
      "/not/there",
      "--host=127.0.0.1",
    ]);
    const port = runtime.addressOf("DB.PUBLIC.MILVUS_1", 8080);
    expect(env["MILVUS_URI"]).toBe(`http://127.0.0.1:${port}/path`);
    expect(env["LONG"]).toBe(`127.0.0.1:${port}`);
    expect(env["OTHER"]).toBe("http://my-milvus-1:8080");
    expect(env["NODE_PATH"]).toBe(`${image}/app:/nowhere`);
  });

  it("LocalProcesses gives secrets as variables and files, and removes the files with the container", async () => {
    const container = await start(serverImage(echoServer), {
      secretEnv: { PASSWORD: "/data is my password" },
      secretFiles: [{ path: "/secrets/root/secret_string", content: "s3cret" }],
      env: { SECRET_FOLDER: "/secrets/root" },
    });
    await ready(container);
    const { env } = await ask();
    expect(env["PASSWORD"]).toBe("/data is my password");
    const file = join(env["SECRET_FOLDER"] ?? "", "secret_string");
    expect(readFileSync(file, "utf8")).toBe("s3cret");
    await runtime.stop(container);
    expect(existsSync(file)).toBe(false);
  });

  it("LocalProcesses starts a service again when it ends, and keeps the lines of the run before", async () => {
    const script = `console.log("run", process.env.HOME.length > 0); process.exit(3);`;
    const container = await start(serverImage(script));
    await vi.waitFor(() => expect(runtime.status(container)?.restartCount).toBeGreaterThan(1));
    expect(written(container, true)).toEqual(["run true"]);
    const status = runtime.status(container);
    expect(status?.isReady).toBe(false);
    expect(status?.exitCode).toBeUndefined();
  });

  it("LocalProcesses runs a job once and tells its exit code", async () => {
    const container = await start(serverImage("process.exit(4)"), {
      isJob: true,
      readinessProbe: undefined,
    });
    await vi.waitFor(() => expect(runtime.status(container)?.exitCode).toBe(4));
    expect(runtime.status(container)?.restartCount).toBe(0);
  });

  it("LocalProcesses.restoreSnapshot() makes a volume what it was", async () => {
    const volume = join(folder, "volumes", "v1");
    mkdirSync(volume, { recursive: true });
    writeFileSync(join(volume, "rows"), "1");
    await runtime.takeSnapshot("v1", "s1");
    writeFileSync(join(volume, "rows"), "2");
    writeFileSync(join(volume, "more"), "2");
    await runtime.restoreSnapshot("s1", "v1");
    expect(readFileSync(join(volume, "rows"), "utf8")).toBe("1");
    expect(existsSync(join(volume, "more"))).toBe(false);
    await runtime.removeVolume("v1");
    await runtime.removeSnapshot("s1");
    expect(existsSync(volume)).toBe(false);
  });

  it("LocalProcesses.status() says why an image cannot run", async () => {
    const failure = async (image: SampleImage, changes: Partial<ContainerStart> = {}) => {
      const container = await start(image, changes);
      await vi.waitFor(() => expect(runtime.status(container)?.failure).toBeDefined());
      return runtime.status(container)?.failure;
    };
    expect(await failure(sampleImage([], {}, "arm64"))).toContain(
      "it is for linux/arm64, but the node is linux/amd64",
    );
    expect(await failure(sampleImage([], {}))).toContain(
      "neither the image nor the service names a command",
    );
    expect(await failure(sampleImage([], { Entrypoint: ["no-such-notebook"] }))).toContain(
      "no-such-notebook is not in the image, and this machine has no program no-such-notebook",
    );
    const label = { Labels: { "org.redkite.port-variables": "8080" } };
    expect(await failure(sampleImage([], label))).toContain("org.redkite.port-variables");
    const digest = `sha256:${"0".repeat(64)}`;
    expect(await failure(serverImage(""), { digest })).toContain("is not in the registry");
  });

  it("LocalProcesses.stop() holds for a container whose image is still being unpacked", async () => {
    const container = await start(serverImage(echoServer));
    expect(runtime.status(container)).toMatchObject({ isReady: false });
    await runtime.stop(container);
    await runtime.close();
    expect(runtime.status(container)).toBeUndefined();
    expect(runtime.addressOf(container.service, 8080)).toBeUndefined();
  });

  it("LocalProcesses runs a script of the image by its interpreter", async () => {
    const image = sampleImage(
      [
        {
          path: "usr/bin/start",
          content: '#!/bin/sh\nexec node -e "console.log(process.argv[1])" "$1"\n',
          mode: 0o755,
        },
        {
          path: "usr/bin/other",
          content: "#!/usr/bin/env node\nconsole.log('env')\n",
          mode: 0o755,
        },
      ],
      { Entrypoint: ["start"], Cmd: ["one"], Env: ["PATH=/usr/bin"] },
    );
    const plain = { isJob: true, readinessProbe: undefined };
    const first = await start(image, plain);
    await vi.waitFor(() => expect(written(first, false)).toEqual(["one"]));
    const other = await start(image, { ...plain, command: ["/usr/bin/other"] });
    await vi.waitFor(() => expect(written(other, false)).toEqual(["env"]));
  });
});
