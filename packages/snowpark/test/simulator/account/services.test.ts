import { describe, expect, it } from "vitest";
import type {
  ContainerKey,
  ContainerRuntime,
  ContainerStart,
  ContainerStatus,
} from "../../../src/simulator/account/surroundings.ts";
import { TestAccount } from "./test-account.ts";
import { create, prepared, specification } from "./test-service.ts";

/** A runtime whose containers do what the test says. */
class ScriptedRuntime implements ContainerRuntime {
  readonly started: ContainerStart[] = [];
  readonly events: string[] = [];
  readonly statuses = new Map<string, ContainerStatus>();

  async start(container: ContainerStart): Promise<void> {
    if (container.image.includes("broken")) throw new Error("exec format error");
    this.started.push(container);
    this.statuses.set(container.container, { isReady: false });
  }

  async stop(key: ContainerKey): Promise<void> {
    this.events.push(`stop ${key.container}`);
    this.statuses.delete(key.container);
  }

  status(key: ContainerKey): ContainerStatus | undefined {
    return this.statuses.get(key.container);
  }

  logs(_key: ContainerKey, isPrevious: boolean) {
    return [1000, 2000, 3000].map((writtenAt) => ({
      writtenAt,
      text: `${isPrevious ? "before" : "line"} ${writtenAt}`,
    }));
  }

  async takeSnapshot(volumeId: string): Promise<void> {
    this.events.push(`snapshot of ${volumeId.replace(/^\d+/, "N")}`);
  }

  async restoreSnapshot(_snapshotId: string, volumeId: string): Promise<void> {
    this.events.push(`restore ${volumeId.replace(/^\d+/, "N")}`);
  }

  async removeVolume(volumeId: string): Promise<void> {
    this.events.push(`remove ${volumeId.replace(/^\d+/, "N")}`);
  }

  async removeSnapshot(): Promise<void> {
    this.events.push("remove snapshot");
  }
}

const container = async (test: TestAccount) =>
  (await test.run("SHOW SERVICE CONTAINERS IN SERVICE SVC"))[0] ?? {};
const poolState = async (test: TestAccount) =>
  (await test.run("DESC COMPUTE POOL POOL"))[0]?.["state"];

describe("SimulatedAccount's services by the clock", () => {
  it("a service gets from PENDING to RUNNING, its messages in order, and its pool from STARTING to ACTIVE", async () => {
    const test = await prepared();
    const probe = { readinessProbe: { port: 9091, path: "/healthz" } };
    await test.run(create(specification(probe)));
    const seen: string[] = [];
    for (let second = 0; second < 100; second += 1) {
      const { status, message, service_status: service } = await container(test);
      const line = `${await poolState(test)}: ${service} ${status} ${message}`;
      if (seen.at(-1) !== line) seen.push(line);
      await test.wait(1000);
    }
    expect(seen).toEqual([
      "STARTING: PENDING PENDING Compute pool node(s) are being provisioned.",
      "ACTIVE: PENDING PENDING Waiting to start",
      "ACTIVE: PENDING PENDING Readiness probe is failing at path: /healthz, port: 9091",
      "ACTIVE: RUNNING READY Running",
    ]);
  });

  it("one long wait does as much as many short ones", async () => {
    const test = await prepared();
    await test.run(create());
    await test.wait(3_600_000);
    expect(await container(test)).toMatchObject({ service_status: "RUNNING", status: "READY" });
    expect(await test.cell("SELECT SYSTEM$WAIT_FOR_SERVICES(1, 'SVC')")).toContain("ready");
  });

  it("an endpoint's address takes a while, and stays over suspension and upgrade but not over a new creation", async () => {
    const test = await prepared();
    const address = async () =>
      (await test.run("SHOW ENDPOINTS IN SERVICE SVC"))[0]?.["ingress_url"];
    await test.run(create());
    expect(await address()).toContain("provisioning in progress");
    await test.wait(120_000);
    const first = await address();
    expect(first).toMatch(/-myorg-my-account\.snowflakecomputing\.app$/);
    await test.runAll(["ALTER SERVICE SVC SUSPEND"]);
    await test.wait(60_000);
    expect((await container(test))["service_status"]).toBe("SUSPENDED");
    await test.run("ALTER SERVICE SVC RESUME");
    await test.wait(120_000);
    expect(await address()).toBe(first);
    await test.run("DROP SERVICE SVC FORCE");
    await test.wait(60_000);
    await test.run(create());
    await test.wait(120_000);
    expect(await address()).not.toBe(first);
  });

  it("a pool with nothing to do suspends itself, and a new service wakes it", async () => {
    const test = await prepared();
    await test.wait(60_000);
    expect(await poolState(test)).toBe("IDLE");
    await test.wait(599_000);
    expect(await poolState(test)).toBe("IDLE");
    await test.wait(1_000);
    expect(await poolState(test)).toBe("STOPPING");
    await test.wait(10_000);
    expect(await poolState(test)).toBe("SUSPENDED");
    await test.run(create());
    expect(await poolState(test)).toBe("STARTING");
    await test.runAll(["DROP SERVICE SVC FORCE", "ALTER COMPUTE POOL POOL SUSPEND"]);
    await test.wait(60_000);
    await test.run("ALTER COMPUTE POOL POOL SET AUTO_RESUME = FALSE");
    expect(await test.failure(create())).toContain("is suspended");
  });

  it("a pool keeps its services from being dropped with it; STOP ALL deletes them", async () => {
    const test = await prepared();
    await test.run(create());
    expect(await test.failure("DROP COMPUTE POOL POOL")).toMatch(/^002043 .*\n?.*has services/);
    await test.run("ALTER COMPUTE POOL POOL STOP ALL");
    expect(await test.failure("DROP COMPUTE POOL POOL")).toContain("has services");
    expect(await test.run("SHOW SERVICES")).toMatchObject([{ status: "DELETING" }]);
    await test.wait(60_000);
    expect(await test.run("SHOW SERVICES")).toEqual([]);
    await test.run("DROP COMPUTE POOL POOL");
  });

  it("faults keep a pool from starting, with the reason", async () => {
    const faults = { noCapacity: true };
    const test = await prepared({ faults });
    await test.wait(600_000);
    expect(await test.run("DESC COMPUTE POOL POOL")).toMatchObject([
      { state: "STARTING", error_code: "392507" },
    ]);
    faults.noCapacity = false;
    await test.wait(1);
    expect(await test.run("DESC COMPUTE POOL POOL")).toMatchObject([
      { state: "IDLE", error_code: "" },
    ]);
  });

  it("a service that asks for more than a node has is never placed", async () => {
    const test = await prepared();
    await test.run(create(specification({ resources: { requests: { memory: "14Gi" } } })));
    await test.wait(600_000);
    expect(await container(test)).toMatchObject({
      status: "PENDING",
      message: "Unschedulable due to insufficient memory resources.",
    });
  });

  it("an image that is not there fails its container; a new push is taken by ALTER only", async () => {
    const test = await prepared();
    await test.run(create(specification({ image: "/db/public/repo/app:2" })));
    await test.wait(600_000);
    expect(await container(test)).toMatchObject({
      service_status: "FAILED",
      status: "FAILED",
      image_digest: null,
    });
    test.push(["db", "public", "repo"], "app", "sha256:two", "2");
    await test.wait(600_000);
    expect((await container(test))["status"]).toBe("FAILED");
    await test.run(
      `ALTER SERVICE SVC FROM SPECIFICATION ${specification({ image: "/db/public/repo/app:2" })}`,
    );
    expect(await test.run("DESC SERVICE SVC")).toMatchObject([{ is_upgrading: "true" }]);
    await test.wait(600_000);
    test.push(["db", "public", "repo"], "app", "sha256:three", "2");
    await test.runAll(["ALTER SERVICE SVC SUSPEND"]);
    await test.wait(60_000);
    await test.run("ALTER SERVICE SVC RESUME");
    await test.wait(60_000);
    expect(await container(test)).toMatchObject({ status: "READY", image_digest: "sha256:two" });
  });
});

describe("SimulatedAccount's rules for services", () => {
  it("an image by digest stays what it is when its tag moves on, and one that was never pushed fails", async () => {
    const test = await prepared();
    const [one, two, none] = ["1", "2", "3"].map((digit) => `sha256:${digit.repeat(64)}`);
    test.push(["db", "public", "repo"], "app", one ?? "", "1");
    test.push(["db", "public", "repo"], "app", two ?? "", "1");
    expect(await test.run("SHOW IMAGES IN IMAGE REPOSITORY REPO")).toMatchObject([
      { tags: "", digest: "sha256:one" },
      { tags: "", digest: one },
      { tags: "1", digest: two },
    ]);
    test.push(["db", "public", "repo"], "app", two ?? "", "2");
    test.push(["db", "public", "repo"], "app", one ?? "", "2");
    expect(
      (await test.run("SHOW IMAGES IN IMAGE REPOSITORY REPO")).map(({ tags, digest }) => [
        tags,
        digest,
      ]),
    ).toEqual([
      ["", "sha256:one"],
      ["1", two],
      ["2", one],
    ]);
    test.push(["db", "public", "repo"], "app", two ?? "", "2");
    await test.run(create(specification({ image: `/db/public/repo/app@${one}` })));
    await test.wait(600_000);
    expect(await container(test)).toMatchObject({ status: "READY", image_digest: one });
    await test.run(
      `ALTER SERVICE SVC FROM SPECIFICATION ${specification({ image: `/db/public/repo/app@${none}` })}`,
    );
    await test.wait(600_000);
    expect(await container(test)).toMatchObject({ status: "FAILED", image_digest: null });
  });

  it("an image of a repository that the role may not know of is none", async () => {
    const test = await prepared();
    const asAdministrator = { role: "ACCOUNTADMIN" };
    await test.run("CREATE ROLE OTHER", asAdministrator);
    await test.run("GRANT ROLE OTHER TO USER ADMIN", asAdministrator);
    await test.runAll([
      "CREATE SCHEMA HIDDEN",
      "CREATE IMAGE REPOSITORY HIDDEN.REPO",
      "USE SCHEMA PUBLIC",
      "GRANT USAGE ON DATABASE DB TO ROLE OTHER",
      "GRANT USAGE, CREATE SERVICE ON SCHEMA DB.PUBLIC TO ROLE OTHER",
      "GRANT USAGE ON COMPUTE POOL POOL TO ROLE OTHER",
      "GRANT READ ON IMAGE REPOSITORY HIDDEN.REPO TO ROLE OTHER",
    ]);
    test.push(["db", "hidden", "repo"], "app", "sha256:h", "1");
    const spec = { containers: [{ name: "main", image: "/db/hidden/repo/app:1" }] };
    const statement = create(`$$${JSON.stringify({ spec })}$$`).replace("SVC", "DB.PUBLIC.SVC");
    const asOther = { role: "OTHER" };
    expect(await test.failure(statement, asOther)).toContain("Image Repository 'db.hidden.repo'");
    await test.run("GRANT USAGE ON SCHEMA DB.HIDDEN TO ROLE OTHER");
    await test.run(statement, asOther);
  });

  it("CREATE SERVICE takes the privilege on the schema, and an owner without too many rights", async () => {
    const test = await prepared();
    await test.runAll([
      "GRANT USAGE ON DATABASE DB TO ROLE PUBLIC",
      "GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE PUBLIC",
      "GRANT CREATE SERVICE ON SCHEMA DB.PUBLIC TO ROLE ACCOUNTADMIN",
    ]);
    const statement = create().replace("SVC", "DB.PUBLIC.SVC");
    expect(await test.failure(statement, { role: "PUBLIC" })).toMatch(
      /^003001 .*\n.*schema 'PUBLIC'/,
    );
    expect(await test.failure(statement, { role: "ACCOUNTADMIN" })).toContain(
      "Role ACCOUNTADMIN cannot own a service",
    );
  });

  it("a public endpoint takes BIND SERVICE ENDPOINT when it is made, and as long as it is used", async () => {
    const test = await prepared();
    await test.run(create());
    await test.wait(600_000);
    await test.runAll([
      "GRANT USAGE ON DATABASE DB TO ROLE PUBLIC",
      "GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE PUBLIC",
      "GRANT SERVICE ROLE DB.PUBLIC.SVC!VISITOR TO ROLE PUBLIC",
    ]);
    const host = (await test.run("SHOW ENDPOINTS IN SERVICE SVC"))[0]?.["ingress_url"] ?? "";
    const enter = () => test.account.enterIngress(`${host}:443`, { user: "ANALYST" });
    expect(enter()).toMatchObject({ kind: "target", endpoint: "web", port: 8080 });
    await test.run("REVOKE USAGE ON DATABASE DB FROM ROLE PUBLIC");
    expect(enter()).toMatchObject({ kind: "refusal", status: 403 });
    await test.run("GRANT USAGE ON DATABASE DB TO ROLE PUBLIC");
    expect(enter()).toMatchObject({ kind: "target" });
    await test.run("REVOKE BIND SERVICE ENDPOINT ON ACCOUNT FROM ROLE OWNER", {
      role: "ACCOUNTADMIN",
    });
    expect(enter()).toMatchObject({ kind: "refusal", status: 403 });
    expect(await test.failure(create().replace("SVC", "SVC2"))).toMatch(/^003001 .*\n.*account/);
    expect(test.account.enterIngress(host, { user: "ADMIN" })).toMatchObject({
      message: "invalid consent request",
    });
    expect(test.account.enterIngress("nowhere.example", { user: "ANALYST" })).toMatchObject({
      status: 404,
    });
  });

  it("SHOW ENDPOINTS lists those that the role may use", async () => {
    const test = await prepared();
    await test.run(create());
    await test.runAll([
      "GRANT USAGE ON DATABASE DB TO ROLE PUBLIC",
      "GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE PUBLIC",
      "GRANT USAGE ON SERVICE SVC TO ROLE PUBLIC",
    ]);
    const names = async () =>
      (await test.run("SHOW ENDPOINTS IN SERVICE DB.PUBLIC.SVC", { role: "PUBLIC" })).map(
        ({ name }) => name,
      );
    expect(await names()).toEqual([]);
    await test.run("GRANT SERVICE ROLE SVC!visitor TO ROLE PUBLIC");
    expect(await names()).toEqual(["web"]);
    await test.run("GRANT SERVICE ROLE SVC!ALL_ENDPOINTS_USAGE TO ROLE PUBLIC");
    expect(await names()).toEqual(["web", "sf", "grpc"]);
    expect(await test.run("SHOW GRANTS OF SERVICE ROLE SVC!visitor")).toMatchObject([
      { grantee_name: "PUBLIC" },
    ]);
    expect(await test.run("SHOW ROLES IN SERVICE SVC")).toMatchObject([
      { name: "VISITOR" },
      { name: "ALL_ENDPOINTS_USAGE" },
    ]);
    expect(await test.failure("GRANT SERVICE ROLE SVC!NONE TO ROLE PUBLIC")).toContain("SVC!NONE");
    expect(
      await test.failure("GRANT SERVICE ROLE DB.PUBLIC.SVC!visitor TO ROLE PUBLIC", {
        role: "PUBLIC",
      }),
    ).toMatch(/^003001 .*service 'SVC'/s);
    await test.run("REVOKE SERVICE ROLE SVC!ALL_ENDPOINTS_USAGE FROM ROLE PUBLIC");
    expect(await names()).toEqual(["web"]);
  });

  it.each([
    [
      create(specification({ secrets: [{ snowflakeSecret: "NONE", directoryPath: "/s" }] })),
      "Secret 'DB.PUBLIC.NONE'",
    ],
    [
      create(specification({ image: "/db/public/none/app:1" })),
      "Image Repository 'db.public.none'",
    ],
    [create(specification({ command: "sh" })), "Invalid spec: 1:"],
    [create("$$nonsense$$"), "Invalid spec"],
    [
      create(specification(), "MIN_INSTANCES=1 MAX_INSTANCES=2"),
      "MIN_INSTANCES equal to MAX_INSTANCES",
    ],
    [create(specification(), "AUTO_SUSPEND_SECS=60"), "AUTO_SUSPEND_SECS"],
    [create(specification(), "EXTERNAL_ACCESS_INTEGRATIONS=(NONE)"), "Integration 'NONE'"],
    [create(specification(), "QUERY_WAREHOUSE=NONE"), "Warehouse 'NONE'"],
    [create().replace("POOL POOL", "POOL NONE"), "Compute pool 'NONE'"],
    [create().replace("SVC", '"svc"'), "Invalid service name"],
    [create().replace("CREATE SERVICE", "CREATE OR REPLACE SERVICE"), "001003"],
    [
      "CREATE SERVICE S IN COMPUTE POOL POOL FROM @NONE SPECIFICATION_FILE='a'",
      "Stage 'DB.PUBLIC.NONE'",
    ],
    [create().replace("SPECIFICATION", "SPECIFICATION_TEMPLATE"), "000002"],
  ])("%s is refused", async (statement, text) => {
    const test = await prepared();
    expect(await test.failure(statement)).toContain(text);
    expect(await test.run("SHOW SERVICES")).toEqual([]);
  });
});

describe("SimulatedAccount's services with a runtime", () => {
  it("a container gets its secrets, mounts and probe, follows the runtime, and ends with the service", async () => {
    const runtime = new ScriptedRuntime();
    const test = await prepared({ runtime });
    await test.run("CREATE SECRET ROOT TYPE=GENERIC_STRING SECRET_STRING='hush'");
    const secrets = [
      { snowflakeSecret: "ROOT", envVarName: "PASSWORD", secretKeyRef: "secret_string" },
    ];
    const volumeMounts = [{ name: "data", mountPath: "/data" }];
    await test.run(create(specification({ secrets, volumeMounts, env: { A: "b" } })));
    await test.wait(120_000);
    expect(runtime.started).toMatchObject([
      {
        service: "DB.PUBLIC.SVC",
        digest: "sha256:one",
        env: { A: "b" },
        secretEnv: { PASSWORD: "hush" },
        mounts: [{ mountPath: "/data", source: { kind: "block" } }],
        endpoints: [{ name: "web", port: 8080 }, { name: "sf" }, { name: "grpc" }],
        isJob: false,
      },
    ]);
    expect((await container(test))["service_status"]).toBe("PENDING");
    runtime.statuses.set("main", { isReady: true, restartCount: 2 });
    expect(await container(test)).toMatchObject({ status: "READY", restart_count: "2" });
    expect(await test.cell("CALL SYSTEM$GET_SERVICE_LOGS('SVC', '0', 'main', 2)")).toBe(
      "line 2000\nline 3000",
    );
    expect(
      await test.cell(
        "SELECT SYSTEM$GET_SERVICE_LOGS('SVC', 0, 'main', 9, true, '1970-01-01T00:00:03Z', true)",
      ),
    ).toBe("1970-01-01T00:00:03.000000000Z before 3000");
    expect(await test.failure("DROP SERVICE SVC")).toContain("block storage volumes");
    await test.run("DROP SERVICE SVC FORCE");
    await test.account.settled();
    await test.wait(60_000);
    expect(runtime.events).toEqual([
      "snapshot of N-data-0",
      "stop main",
      "stop main",
      "remove N-data-0",
    ]);
    const [snapshot] = await test.run("SHOW SNAPSHOTS");
    expect(snapshot).toMatchObject({
      service_name: "DB.PUBLIC.SVC",
      volume_name: "data",
      size: "10Gi",
    });
    expect(snapshot?.["name"]).toMatch(/^SYS_BACKUP_ON_DELETE/);
    await test.wait(7 * 24 * 3_600_000);
    expect(await test.run("SHOW SNAPSHOTS")).toEqual([]);
  });

  it("a container that can't be begun is FAILED with the reason", async () => {
    const test = await prepared({ runtime: new ScriptedRuntime() });
    test.push(["db", "public", "repo"], "broken", "sha256:b", "1");
    await test.run(create(specification({ image: "/db/public/repo/broken:1" })));
    await test.wait(120_000);
    expect(await container(test)).toMatchObject({ status: "FAILED", message: "exec format error" });
  });

  it("a volume is backed up to a snapshot and restored while the service is suspended", async () => {
    const runtime = new ScriptedRuntime();
    const test = await prepared({ runtime });
    await test.run(create());
    await test.run('CREATE SNAPSHOT SNAP FROM SERVICE SVC VOLUME "data" INSTANCE 0');
    await test.wait(2000);
    expect(await test.run("SHOW SNAPSHOTS LIKE 'SNAP'")).toMatchObject([{ state: "CREATED" }]);
    const restore = 'ALTER SERVICE SVC RESTORE VOLUME "data" INSTANCES 0 FROM SNAPSHOT SNAP';
    expect(await test.failure(restore)).toContain("must be suspended");
    await test.run("ALTER SERVICE SVC SUSPEND");
    await test.wait(60_000);
    await test.run(restore);
    expect(runtime.events).toContain("restore N-data-0");
    expect(await test.failure(restore.replace("INSTANCES 0", "INSTANCES 1"))).toContain(
      "instance 1",
    );
    expect(
      await test.failure('CREATE SNAPSHOT X FROM SERVICE SVC VOLUME "none" INSTANCE 0'),
    ).toContain("none");
    await test.run("DROP SNAPSHOT SNAP");
  });

  it("a job runs to its end, and its exit code tells how", async () => {
    const runtime = new ScriptedRuntime();
    const test = await prepared({ runtime });
    const job = `$$${JSON.stringify({ spec: { containers: [{ name: "main", image: "/db/public/repo/app:1" }] } })}$$`;
    await test.run(
      `EXECUTE JOB SERVICE IN COMPUTE POOL POOL NAME=JOB ASYNC=TRUE FROM SPECIFICATION ${job}`,
    );
    await test.wait(120_000);
    expect(runtime.started).toMatchObject([{ isJob: true }]);
    expect(await test.run("SHOW SERVICES EXCLUDE JOBS")).toEqual([]);
    expect(await test.run("SHOW JOB SERVICES")).toMatchObject([{ name: "JOB", is_job: "true" }]);
    runtime.statuses.set("main", { isReady: false, exitCode: 3 });
    expect(await test.cell("CALL JOB!SPCS_WAIT_FOR('DONE', 60)")).toBe("FAILED");
    await test.run("DROP SERVICE JOB");
    await test.wait(60_000);
    const plain = await prepared();
    expect(
      await plain.cell(
        `EXECUTE JOB SERVICE IN COMPUTE POOL POOL NAME=JOB FROM SPECIFICATION ${job}`,
      ),
    ).toContain("DONE");
  });

  it("an account that is loaded again goes on where it was", async () => {
    const first = await prepared();
    await first.run(create());
    await first.wait(65_000);
    const second = new TestAccount({ state: JSON.parse(JSON.stringify(first.account)) });
    second.time = first.time;
    await second.runAll(["USE ROLE OWNER", "USE DATABASE DB"]);
    expect(await container(second)).toMatchObject({ message: "Waiting to start" });
    await second.wait(60_000);
    expect(await container(second)).toMatchObject({ status: "READY" });
  });
});
