import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import type { Simulator, SimulatorOptions } from "../../../src/simulator/simulator-options.ts";
import { echoServer, type SampleImage, sampleImage, serverImage } from "./sample-image.ts";

/** A simulator in a folder of its own, with what tests do to it. */
export class RunningSimulator {
  readonly simulator: Simulator;
  readonly folder: string;
  /** What should not have happened. */
  readonly reports: unknown[];

  static async start(changes: Partial<SimulatorOptions> = {}): Promise<RunningSimulator> {
    const folder = changes.folder ?? mkdtempSync(join(tmpdir(), "redkite-simulator-"));
    const reports: unknown[] = [];
    const simulator = await startSimulator({
      folder,
      machine: { now: Date.now, path: "/usr/bin:/bin" },
      timings: fastTimings,
      report: (error) => reports.push(error),
      ...changes,
    });
    return new RunningSimulator(simulator, folder, reports);
  }

  private constructor(simulator: Simulator, folder: string, reports: unknown[]) {
    this.simulator = simulator;
    this.folder = folder;
    this.reports = reports;
  }

  get origin(): string {
    return this.simulator.origin;
  }

  async stop(): Promise<void> {
    await this.simulator.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Sends JSON, and reads JSON. */
  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.origin}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.origin}${path}`, { headers });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  }

  /** Runs a statement over the SQL API as the administrator. */
  sql(statement: string, changes: Record<string, unknown> = {}): Promise<Answer> {
    return this.post("/api/v2/statements", { statement, ...changes }, administrator);
  }

  /** Runs statements that have to succeed, and returns the cells of the last. */
  async run(statements: readonly string[], role = "SYSADMIN"): Promise<(string | null)[][]> {
    let rows: (string | null)[][] = [];
    for (const statement of statements) {
      let { status, body } = await this.sql(statement, { role });
      while (status === 202) {
        ({ status, body } = await this.get(String(body["statementStatusUrl"]), administrator));
      }
      if (status !== 200) throw new Error(`${statement}: ${JSON.stringify(body)}`);
      rows = body["data"] as (string | null)[][];
    }
    return rows;
  }

  /** A database with the service ECHO, whose endpoint `http` is public. Its specification can be changed. */
  async deploy(
    database: string,
    {
      image = serverImage(echoServer),
      container = {},
      more = {},
    }: {
      image?: SampleImage;
      container?: Record<string, unknown>;
      more?: Record<string, unknown>;
    } = {},
  ): Promise<void> {
    await this.run(
      [
        "GRANT CREATE COMPUTE POOL ON ACCOUNT TO ROLE SYSADMIN",
        "GRANT BIND SERVICE ENDPOINT ON ACCOUNT TO ROLE SYSADMIN",
      ],
      "ACCOUNTADMIN",
    );
    await this.run([
      `CREATE DATABASE ${database}`,
      `CREATE IMAGE REPOSITORY ${database}.PUBLIC.REPO`,
      `CREATE COMPUTE POOL ${database}_POOL MIN_NODES = 1 MAX_NODES = 1 INSTANCE_FAMILY = CPU_X64_XS`,
    ]);
    await this.push(`${database.toLowerCase()}/public/repo/echo`, "1", image);
    const specification = {
      spec: {
        containers: [
          {
            name: "main",
            image: `/${database.toLowerCase()}/public/repo/echo:1`,
            readinessProbe: { port: 8080, path: "/" },
            ...container,
          },
        ],
        endpoints: [{ name: "http", port: 8080, public: true }],
        ...more,
      },
    };
    await this.run([
      `CREATE SERVICE ${database}.PUBLIC.ECHO IN COMPUTE POOL ${database}_POOL FROM SPECIFICATION $$${JSON.stringify(specification)}$$`,
    ]);
  }

  /** A token of the registry for the administrator, with a role. */
  async registryToken(role = "SYSADMIN"): Promise<string> {
    const login = await this.post(`/session/v1/login-request?roleName=${role}`, {
      data: {
        LOGIN_NAME: "ADMIN",
        AUTHENTICATOR: "PROGRAMMATIC_ACCESS_TOKEN",
        TOKEN: "simulated-admin-token",
      },
    });
    const { token } = login.body["data"] as { token: string };
    const password = JSON.stringify({ token, expires_in: "3600" });
    const basic = Buffer.from(`0sessiontoken:${password}`).toString("base64");
    const answer = await this.get("/login", { authorization: `Basic ${basic}` });
    return String(answer.body["token"]);
  }

  /** Pushes an image as `<database>/<schema>/<repository>/<image>:<tag>`. */
  async push(name: string, tag: string, image: SampleImage = sampleImage([], {})): Promise<number> {
    const authorization = `Bearer ${await this.registryToken()}`;
    const send = (path: string, init: RequestInit): Promise<Response> =>
      fetch(new URL(path, this.origin), {
        ...init,
        headers: { authorization, ...(init.headers as Record<string, string> | undefined) },
      });
    for (const { digest, bytes } of image.blobs) {
      const begun = await send(`/v2/${name}/blobs/uploads/`, { method: "POST" });
      const location = begun.headers.get("location") ?? "";
      await send(`${location}?digest=${digest}`, { method: "PUT", body: bytes });
    }
    const { status } = await send(`/v2/${name}/manifests/${tag}`, {
      method: "PUT",
      body: image.manifest,
      headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
    });
    return status;
  }
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export const administrator: Record<string, string> = {
  authorization: "Bearer simulated-admin-token",
  "x-snowflake-authorization-token-type": "PROGRAMMATIC_ACCESS_TOKEN",
};

const fastTimings = {
  poolStart: 20,
  poolStop: 20,
  imagePull: 20,
  serviceStop: 20,
  endpointProvision: 20,
};
