import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ImageDefinition, portVariablesLabel } from "../../src/images/image-definition.ts";
import { serverImage } from "../../src/images/server-image.ts";
import type { ImageSource } from "../../src/oci/image.ts";
import { writeOciLayout } from "../../src/oci/oci-layout.ts";
import { pushImage } from "../../src/oci/push-image.ts";
import {
  type DebianRegistry,
  freePort,
  isInstalled,
  startDockerRegistry,
  temporaryFolder,
} from "../oci/debian-tools.ts";
import { pythonEnvironment } from "./python-environment.ts";

const packageFolder = fileURLToPath(new URL("../../../redkite", import.meta.url));
const isBuilt = existsSync(join(packageFolder, "dist/cli/main.js"));
const isRoot = process.getuid?.() === 0;
const canChroot = isRoot && process.platform === "linux" && isInstalled("/usr/sbin/chroot");
const access = { fetch, sleep: async () => {} };

describe.skipIf(!isBuilt)("serverImage(), which needs what npm run build makes", () => {
  const folder = temporaryFolder();
  let definition: ImageDefinition;
  let image: ImageSource;

  beforeAll(async () => {
    definition = await serverImage({ packageFolder, executable: process.execPath });
    image = await definition.build({ ...access, cacheFolder: join(folder.path, "cache") });
  }, 120_000);
  afterAll(() => folder[Symbol.dispose]());

  it("names the same content by the same tag, and builds it a second time from the cache", async () => {
    const again = await serverImage({ packageFolder, executable: process.execPath });
    expect(again.tag).toBe(definition.tag);
    expect(definition.tag).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
    const steps: string[] = [];
    const cacheFolder = join(folder.path, "cache");
    const rebuilt = await again.build({
      ...access,
      cacheFolder,
      onStep: (step) => steps.push(step),
    });
    expect(rebuilt.digest).toBe(image.digest);
    expect(steps).toEqual([]);
  });

  it("has three layers, of which an upgrade sends the last, under 2 MB", () => {
    const sizes = image.manifest.layers.map(({ size }) => size);
    expect(sizes).toHaveLength(3);
    expect(sizes[2]).toBeLessThan(2_000_000);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(90_000_000);
  });

  it("tells its ports, its data folder and the variables that move its ports", () => {
    const { config } = image.config;
    expect(Object.keys(config?.ExposedPorts ?? {})).toEqual(["19530/tcp", "9091/tcp", "19531/tcp"]);
    expect(config?.Volumes).toEqual({ "/var/lib/redkite": {} });
    expect(JSON.parse(config?.Labels?.[portVariablesLabel] ?? "")).toEqual({
      9091: "REDKITE_METRICS_PORT",
      19530: "REDKITE_PORT",
      19531: "REDKITE_FUNCTIONS_PORT",
    });
  });

  it.skipIf(!isInstalled("docker-registry") || !isInstalled("skopeo"))(
    "is taken by docker-registry and read by skopeo",
    async () => {
      const registry: DebianRegistry = await startDockerRegistry(folder.path);
      try {
        const repository = `${registry.host}/milvus_db/public/milvus_repo/${definition.name}`;
        await pushImage(image, repository, definition.tag, access);
        const said = await promisify(execFile)("skopeo", [
          "inspect",
          "--tls-verify=false",
          `docker://${repository}:${definition.tag}`,
        ]);
        expect(JSON.parse(said.stdout)).toMatchObject({
          Digest: image.digest,
          Architecture: "amd64",
        });
      } finally {
        await registry.stop();
      }
    },
    60_000,
  );

  describe.skipIf(!canChroot || !isInstalled("umoci"))(
    "unpacked by umoci and run under chroot, which takes root",
    () => {
      const password = "kite-secret-1";
      const root = join(folder.path, "bundle", "rootfs");
      const volume = join(root, "var/lib/redkite");
      let running: ChildProcess | undefined;
      let log = "";

      async function start(
        more: Record<string, string> = {},
      ): Promise<Record<string, string | number>> {
        const { config } = image.config;
        const env = Object.fromEntries(
          (config?.Env ?? []).map((variable) => variable.split(/=(.*)/s).slice(0, 2)),
        );
        const [program, ...args] = [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])];
        const [port, metrics, functions] = [await freePort(), await freePort(), await freePort()];
        running = spawn("/usr/sbin/chroot", [root, program, ...args], {
          env: {
            ...env,
            REDKITE_HOST: "127.0.0.1",
            REDKITE_PORT: `${port}`,
            REDKITE_METRICS_PORT: `${metrics}`,
            REDKITE_FUNCTIONS_PORT: `${functions}`,
            REDKITE_ROOT_PASSWORD: password,
            ...more,
          },
          stdio: ["ignore", "pipe", "pipe"],
        });
        log = "";
        running.stderr?.on("data", (chunk) => {
          log += chunk;
        });
        let said = "";
        running.stdout?.on("data", (chunk) => {
          said += chunk;
        });
        for (let tries = 0; tries < 300 && !said.includes("\n"); tries++) await sleep(50);
        if (!said.includes("\n")) throw new Error(`The server did not start: ${log}`);
        return JSON.parse(said);
      }

      async function stop(signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }> {
        if (running === undefined) throw new Error("Nothing runs");
        const began = performance.now();
        const exit = once(running, "exit");
        running.kill(signal);
        const [code] = await exit;
        running = undefined;
        return { code, ms: performance.now() - began };
      }

      async function connect(address: string | number): Promise<MilvusClient> {
        const client = new MilvusClient({
          address: `${address}`,
          token: `root:${password}`,
          logLevel: "error",
        });
        await client.connectPromise;
        return client;
      }

      beforeAll(async () => {
        const layout = join(folder.path, "layout");
        await writeOciLayout(image, layout, "1");
        await promisify(execFile)("umoci", [
          "unpack",
          "--image",
          `${layout}:1`,
          join(folder.path, "bundle"),
        ]);
        // As a fresh block volume is mounted: root's, with what the file system has put in.
        execFileSync("chown", ["0:0", volume]);
        mkdirSync(join(volume, "lost+found"), { mode: 0o700 });
      }, 60_000);
      afterAll(async () => {
        if (running !== undefined) await stop("SIGKILL");
      });

      it("answers health and clients who sign in, as a user without rights", async () => {
        const { address, metricsAddress } = await start();
        expect(await (await fetch(`http://${metricsAddress}/healthz`)).text()).toBe("OK");
        const status = readFileSync(`/proc/${running?.pid}/status`, "utf8");
        expect(/^Uid:\t(.*)$/m.exec(status)?.[1]).toBe("10001\t10001\t10001\t10001");
        expect(/^Groups:\t(.*)$/m.exec(status)?.[1].trim()).toBe("10001");
        const refused = await fetch(`http://${address}/v2/vectordb/collections/list`, {
          method: "POST",
          body: "{}",
        });
        expect(refused.status).toBe(401);
        const client = await connect(address);
        await client.createCollection({ collection_name: "films", dimension: 2 });
        await client.closeConnection();
        expect(statSync(join(volume, "data")).uid).toBe(10_001);
      }, 30_000);

      it("has everything after SIGTERM under load, within 30 seconds", async () => {
        const dim = 64;
        const rows = 1_000;
        if (running !== undefined) await stop("SIGTERM");
        const { address } = await start();
        const client = await connect(address);
        await client.createCollection({ collection_name: "load", dimension: dim, auto_id: true });
        const data = Array.from({ length: rows }, (_, row) => ({
          vector: Array.from({ length: dim }, (_, d) => Math.sin(row * dim + d)),
        }));
        let acknowledged = 0;
        const writers = Array.from({ length: 4 }, async () => {
          // Inserts that nobody answers any more are repeated by the client, which only takes time.
          for (let batch = 0; batch < 50 && running !== undefined; batch++) {
            const { insert_cnt } = await client.insert({ collection_name: "load", data });
            acknowledged += Number(insert_cnt);
          }
        });
        const writing = Promise.allSettled(writers);
        while (acknowledged < 20 * rows) await sleep(10);
        const { code, ms } = await stop("SIGTERM");
        expect(code).toBe(0);
        expect(ms).toBeLessThan(30_000);
        await client.closeConnection();
        await writing;
        const again = await connect((await start())["address"]);
        const { data: found } = await again.count({ collection_name: "load" });
        expect(Number(found)).toBeGreaterThanOrEqual(acknowledged);
        await again.closeConnection();
      }, 90_000);

      it("starts after a container that was killed on another host, whose lock is left", async () => {
        if (running === undefined) await start();
        await stop("SIGKILL");
        const lock = join(volume, "data", "LOCK");
        const left = JSON.parse(readFileSync(lock, "utf8"));
        writeFileSync(lock, JSON.stringify({ ...left, host: "another-host" }));
        await start();
        expect(log).toContain("LOCK of a container that is gone has been removed");
      }, 30_000);

      it("answers service functions when it is told that the platform guards them", async () => {
        if (running !== undefined) await stop("SIGTERM");
        expect((await start())["functionsAddress"]).toBeUndefined();
        await stop("SIGTERM");
        const { functionsAddress } = await start({ REDKITE_SNOWFLAKE: "on" });
        const answer = await fetch(`http://${functionsAddress}/sf/embed`, {
          method: "POST",
          body: '{"data":[[0,"Who started AI research?"]]}',
        });
        const body = JSON.parse(await answer.text());
        expect(body.data[0][1]).toHaveLength(512);
      }, 30_000);

      it("answers pymilvus", async ({ skip }) => {
        const python = await pythonEnvironment("pymilvus-3.0.2", ["pymilvus==3.0.2"]);
        if ("missing" in python) return skip(python.missing);
        if (running !== undefined) await stop("SIGTERM");
        const { address } = await start();
        const program = `
from pymilvus import MilvusClient
client = MilvusClient("http://${address}", token="root:${password}")
client.create_collection("kites", dimension=2)
client.insert("kites", [{"id": 1, "vector": [0.0, 1.0], "name": "red"}])
print(client.search("kites", data=[[0.0, 1.0]], limit=1, output_fields=["name"])[0][0]["entity"]["name"])
`;
        const { stdout } = await promisify(execFile)(python.interpreter, ["-c", program]);
        expect(stdout.trim()).toBe("red");
      }, 120_000);
    },
  );
});
