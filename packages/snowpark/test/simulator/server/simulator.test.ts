import { spawnSync } from "node:child_process";
import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { freshUsers } from "../../../src/simulator/account/fresh-state.ts";
import { loopbackFetch } from "../../../src/simulator/loopback-fetch.ts";
import type { SimulatorOptions } from "../../../src/simulator/simulator-options.ts";
import { RunningSimulator } from "./running.ts";
import { sampleImage } from "./sample-image.ts";

const fetchLocal = loopbackFetch(fetch);
let running: RunningSimulator;

afterEach(async () => {
  await running.stop();
  expect(running.reports).toEqual([]);
});

async function deployed(changes: Partial<SimulatorOptions> = {}): Promise<string> {
  running = await RunningSimulator.start(changes);
  await running.deploy("DEMO");
  return ready("DEMO");
}

/** Waits for the service, and returns the host of its endpoint. */
async function ready(database: string): Promise<string> {
  await vi.waitFor(async () => {
    const rows = await running.run([`SHOW SERVICE CONTAINERS IN SERVICE ${database}.PUBLIC.ECHO`]);
    expect(rows[0]).toContain("READY");
  }, 10_000);
  const rows = await running.run([`SHOW ENDPOINTS IN SERVICE ${database}.PUBLIC.ECHO`]);
  return rows[0]?.find((cell) => cell?.includes(".localhost:")) ?? "";
}

async function accessToken(role: string): Promise<string> {
  const rows = await running.run(
    [`ALTER USER ADMIN ADD PROGRAMMATIC ACCESS TOKEN T${role} ROLE_RESTRICTION = '${role}'`],
    "ACCOUNTADMIN",
  );
  return rows[0]?.[1] ?? "";
}

function open(host: string, token: string, init: RequestInit = {}): Promise<Response> {
  return fetchLocal(`http://${host}/hello`, {
    ...init,
    headers: { authorization: `Snowflake Token="${token}"` },
  });
}

function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z\s]/.test(stdout);
}

describe("startSimulator", () => {
  it("startSimulator() runs a service from a pushed image, and its ingress lets in whom its role allows", async () => {
    const host = await deployed();
    expect(host).toMatch(/^[a-z0-9]{6}-simulated-account\.localhost:\d+$/);
    const response = await open(host, await accessToken("SYSADMIN"));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      url: "/hello",
      headers: { "sf-context-current-user": "ADMIN" },
    });
    await running.run(["CREATE ROLE VISITOR", "GRANT ROLE VISITOR TO USER ADMIN"], "USERADMIN");
    const visitor = await accessToken("VISITOR");
    expect((await open(host, visitor)).status).toBe(403);
    await running.run([
      "GRANT USAGE ON DATABASE DEMO TO ROLE VISITOR",
      "GRANT USAGE ON SCHEMA DEMO.PUBLIC TO ROLE VISITOR",
      "GRANT SERVICE ROLE DEMO.PUBLIC.ECHO!ALL_ENDPOINTS_USAGE TO ROLE VISITOR",
    ]);
    expect((await open(host, visitor)).status).toBe(200);
    // A default role of ACCOUNTADMIN does not open an ingress.
    expect((await open(host, "simulated-admin-token")).status).toBe(403);
    const [[lines = ""] = []] = await running.run([
      "CALL SYSTEM$GET_SERVICE_LOGS('DEMO.PUBLIC.ECHO', '0', 'main', 10)",
    ]);
    expect(lines).toContain("listening");
  });

  it("startSimulator() signs a browser in to an endpoint as the user that is chosen", async () => {
    const host = await deployed();
    const headers = { accept: "text/html" };
    const sent = await fetchLocal(`http://${host}/`, { headers, redirect: "manual" });
    const page = sent.headers.get("location") ?? "";
    expect(await (await fetch(page)).text()).toContain(">ANALYST</a>");
    const choose = (user: string): Promise<Response> =>
      fetch(`${page}&user=${user}`, { redirect: "manual" });
    const back = (await choose("ANALYST")).headers.get("location") ?? "";
    const begun = await fetchLocal(back, { redirect: "manual" });
    const [cookie = ""] = (begun.headers.get("set-cookie") ?? "").split(";");
    // Signed in, and without a service role: not let in.
    expect((await fetchLocal(`http://${host}/`, { headers: { cookie } })).status).toBe(403);
    expect((await choose("NOBODY")).status).toBe(403);
    const elsewhere = await fetch(
      `${running.origin}/simulator/sign-in?host=example.com&user=ADMIN`,
    );
    expect(elsewhere.status).toBe(400);
  });

  it("startSimulator() gives a key pair a token for one ingress", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const der = publicKey.export({ format: "der", type: "spki" });
    const [admin] = freshUsers;
    if (admin === undefined) throw new Error("No administrator");
    const host = await deployed({ users: [{ ...admin, publicKey: der.toString("base64") }] });
    const fingerprint = `SHA256:${createHash("sha256").update(der).digest("base64")}`;
    const now = Math.floor(Date.now() / 1000);
    const encode = (value: unknown): string =>
      Buffer.from(JSON.stringify(value)).toString("base64url");
    const content = `${encode({ alg: "RS256", typ: "JWT" })}.${encode({ iss: `SIMULATED-ACCOUNT.ADMIN.${fingerprint}`, sub: "SIMULATED-ACCOUNT.ADMIN", iat: now, exp: now + 600 })}`;
    const assertion = `${content}.${createSign("RSA-SHA256").update(content).sign(privateKey).toString("base64url")}`;
    const exchange = (changes: Record<string, string>): Promise<Response> =>
      fetch(`${running.origin}/oauth/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
          scope: `session:role:SYSADMIN ${host}`,
          assertion,
          ...changes,
        }),
      });
    const token = await (await exchange({})).text();
    expect((await open(host, token)).status).toBe(200);
    const other = await (await exchange({ scope: "session:role:SYSADMIN other.localhost" })).text();
    expect((await open(host, other)).status).toBe(401);
    expect((await exchange({ assertion: `${content}.x` })).status).toBe(400);
    expect((await exchange({ scope: `session:role:NOBODY ${host}` })).status).toBe(400);
    expect((await exchange({ grant_type: "password" })).status).toBe(400);
    await running.post("/simulator/clock", { advanceMs: 601_000 });
    expect((await open(host, token)).status).toBe(401);
  });

  it("startSimulator() hands a service function's batch to the service", async () => {
    running = await RunningSimulator.start();
    await running.deploy("DEMO", {
      image: sampleImage(
        [
          {
            path: "main.js",
            content: `require("node:http").createServer((request, response) => {
              let body = "";
              request.on("data", (part) => (body += part));
              request.on("end", () => {
                const { data = [] } = JSON.parse(body || "{}");
                response.end(JSON.stringify({ data: data.map(([row, ...args]) => [row, { url: request.url, args }]) }));
              });
            }).listen(process.env.PORT, "127.0.0.1");`,
          },
        ],
        {
          Entrypoint: ["node", "/main.js"],
          Labels: { "org.redkite.port-variables": '{"8080":"PORT"}' },
        },
      ),
    });
    await ready("DEMO");
    const rows = await running.run([
      "CREATE FUNCTION DEMO.PUBLIC.ASK(t VARCHAR, k INT) RETURNS VARIANT SERVICE = DEMO.PUBLIC.ECHO ENDPOINT = http AS '/sf/ask'",
      "SELECT DEMO.PUBLIC.ASK('it''s', 3)",
    ]);
    expect(JSON.parse(rows[0]?.[0] ?? "")).toEqual({ url: "/sf/ask", args: ["it's", 3] });
  });

  it("startSimulator() starts a service again whose process was killed", async () => {
    const host = await deployed();
    const token = await accessToken("SYSADMIN");
    const before = (await (await open(host, token)).json()) as { pid: number };
    const { body } = await running.post("/simulator/containers/kill", {
      service: "DEMO.PUBLIC.ECHO",
    });
    expect(body).toEqual({ killed: 1 });
    await vi.waitFor(async () => {
      const answer = (await (await open(host, token)).json()) as { pid: number };
      expect(answer.pid).not.toBe(before.pid);
    }, 10_000);
    expect(isAlive(before.pid)).toBe(false);
  });

  it("startSimulator() refuses an image for another platform when the service starts it", async () => {
    running = await RunningSimulator.start();
    await running.deploy("ARM", { image: sampleImage([], { Entrypoint: ["x"] }, "arm64") });
    await vi.waitFor(async () => {
      const rows = await running.run(["SHOW SERVICE CONTAINERS IN SERVICE ARM.PUBLIC.ECHO"]);
      expect(rows[0]).toContain("FAILED");
      expect(rows[0]?.join(" ")).toContain("linux/arm64");
    });
  });

  it("Simulator.stop() ends the containers and keeps everything for the next start", async () => {
    const host = await deployed();
    const token = await accessToken("SYSADMIN");
    const { pid } = (await (await open(host, token)).json()) as { pid: number };
    const { folder } = running;
    const before = (await running.get("/simulator/state")).body;
    await running.simulator.stop();
    expect(isAlive(pid)).toBe(false);
    running = await RunningSimulator.start({ folder });
    expect(await ready("DEMO")).toBe(host);
    expect((await open(host, token)).status).toBe(200);
    expect((await running.get("/simulator/state")).body).toEqual(before);
    const images = await running.run(["SHOW IMAGES IN IMAGE REPOSITORY DEMO.PUBLIC.REPO"]);
    expect(images).toHaveLength(1);
  });

  it("startSimulator() makes a folder that nobody else can look into", async () => {
    const parent = mkdtempSync(join(tmpdir(), "redkite-simulator-"));
    const folder = join(parent, "made");
    running = await RunningSimulator.start({ folder });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await running.stop();
    rmSync(parent, { recursive: true });
  });

  it("startSimulator() refuses a folder that another simulator has, and a state that is not its own", async () => {
    running = await RunningSimulator.start();
    const { folder } = running;
    await expect(RunningSimulator.start({ folder })).rejects.toThrow(
      /Another simulator \(process \d+\)/,
    );
    expect((await running.sql("SELECT 1")).status).toBe(200);
    const other = mkdtempSync(join(tmpdir(), "redkite-simulator-"));
    writeFileSync(join(other, "state.json"), "half");
    await expect(RunningSimulator.start({ folder: other })).rejects.toThrow("not JSON");
    writeFileSync(join(other, "state.json"), '{"version":2}');
    await expect(RunningSimulator.start({ folder: other })).rejects.toThrow("another version");
    // A process that is no more does not hold a folder.
    rmSync(join(other, "state.json"));
    for (const left of ["999999999", "", String(process.pid)]) {
      writeFileSync(join(other, "lock"), left);
      const taken = await RunningSimulator.start({ folder: other });
      await taken.simulator.stop();
    }
    rmSync(other, { recursive: true });
  });

  it("startSimulator() forgets the images of a repository that was dropped", async () => {
    running = await RunningSimulator.start();
    const make = "CREATE IMAGE REPOSITORY A.PUBLIC.R";
    await running.run(["CREATE DATABASE A", make]);
    expect(await running.push("a/public/r/i", "1")).toBe(201);
    const authorization = `Bearer ${await running.registryToken()}`;
    const manifest = (): Promise<Response> =>
      fetch(`${running.origin}/v2/a/public/r/i/manifests/1`, { headers: { authorization } });
    expect((await manifest()).status).toBe(200);
    await running.run(["DROP IMAGE REPOSITORY A.PUBLIC.R", make]);
    expect((await manifest()).status).toBe(404);
    const blobs = join(running.folder, "images", "blobs");
    expect(readdirSync(blobs)).not.toEqual([]);
    await running.simulator.stop();
    running = await RunningSimulator.start({ folder: running.folder });
    expect(readdirSync(blobs)).toEqual([]);
  });

  it("the control API makes things go wrong, and says what it does not know", async () => {
    running = await RunningSimulator.start();
    const fault = (plan: unknown) => running.post("/simulator/faults", plan);
    await fault({ failStatement: { number: 2, code: "003001", message: "No" } });
    expect((await running.sql("SELECT 1")).status).toBe(200);
    expect((await running.sql("SELECT 1")).body).toMatchObject({ code: "003001", message: "No" });
    await fault({ dropBeforeStatement: 1 });
    await expect(running.sql("CREATE DATABASE X", { role: "SYSADMIN" })).rejects.toThrow();
    expect((await running.sql("DESC DATABASE X")).status).toBe(422);
    await fault({ dropAfterStatement: 1 });
    await expect(running.sql("CREATE DATABASE X", { role: "SYSADMIN" })).rejects.toThrow();
    expect((await running.sql("DROP DATABASE X")).status).toBe(200);
    await fault({ unavailable: 1 });
    await expect(running.sql("SELECT 1")).rejects.toThrow();
    expect((await running.sql("SELECT 1")).status).toBe(200);
    for (const wrong of [
      { magic: 1 },
      { unavailable: 0 },
      { failStatement: 1 },
      { noCapacity: "yes" },
    ]) {
      const response = await fetch(`${running.origin}/simulator/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(wrong),
      });
      expect(response.status).toBe(400);
    }
    const form = await fetch(`${running.origin}/simulator/stop`, { method: "POST", body: "{}" });
    expect(form.status).toBe(415);
  });

  it("the control API shows statements without their secrets, and an account without them", async () => {
    running = await RunningSimulator.start();
    await running.run(["CREATE DATABASE D"]);
    await running.run([
      "CREATE SECRET D.PUBLIC.S TYPE = GENERIC_STRING SECRET_STRING = 'very secret'",
    ]);
    const log = JSON.stringify((await running.get("/simulator/statements")).body);
    expect(log).toContain("CREATE SECRET D.PUBLIC.S");
    expect(log).not.toContain("very secret");
    const state = JSON.stringify((await running.get("/simulator/state")).body);
    expect(state).toContain('"secretString":"***"');
    expect(state).not.toMatch(/very secret|simulated-admin/);
    expect(statSync(join(running.folder, "state.json")).mode & 0o777).toBe(0o600);
    // The folder has to have it: it is what the account is.
    expect(readFileSync(join(running.folder, "state.json"), "utf8")).toContain("very secret");
  });
});
