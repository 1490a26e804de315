import { describe, expect, it } from "vitest";
import {
  seedCleanUp,
  seedCleanUpRest,
  seedPools,
  seedServices,
  seedSetup,
  seedSpecifications,
  seedUse,
} from "./seed-script.ts";
import { TestAccount } from "./test-account.ts";

const repository = ["milvus_demo", "public", "milvus_repo"] as const;

/** Setup, images, pools and the upload of the specifications. */
async function prepared(behaviour: "2024" | "2026"): Promise<TestAccount> {
  const test = new TestAccount({ behaviour });
  await test.runAll(seedSetup);
  await test.run("USE ROLE SYSADMIN");
  for (const name of ["milvus", "jupyter"]) test.push(repository, name, `sha256:${name}`);
  await test.runAll(seedPools);
  await test.wait(60_000);
  for (const name of ["MILVUS", "JUPYTER"]) {
    expect(await test.run(`DESCRIBE COMPUTE POOL ${name}_COMPUTE_POOL`)).toMatchObject([
      { state: "IDLE" },
    ]);
  }
  for (const [file, text] of Object.entries(seedSpecifications)) {
    const put = await test.session.execute(
      `PUT file:///tmp/${file} @yaml_stage overwrite=true auto_compress=false`,
    );
    if (put.kind !== "upload") throw new Error(`PUT of ${file} is no upload`);
    await test.files.write(put.stageId, file, new TextEncoder().encode(text));
  }
  return test;
}

describe("SimulatedAccount with the guide's script", () => {
  it("SimulatedAccount of 2024 runs it from the first statement to the last", async () => {
    const test = await prepared("2024");
    await test.runAll(seedServices);
    await test.wait(60_000);
    expect(await test.run("SHOW SERVICES")).toMatchObject([
      {
        name: "JUPYTER",
        status: "RUNNING",
        dns_name: "jupyter.public.milvus-demo.snowflakecomputing.internal",
      },
      { name: "MILVUS", status: "RUNNING", owner: "SYSADMIN", compute_pool: "MILVUS_COMPUTE_POOL" },
    ]);
    await test.runAll(seedUse);
    const [endpoint] = await test.run("SHOW ENDPOINTS IN SERVICE MILVUS_DEMO.PUBLIC.JUPYTER");
    const host = endpoint?.["ingress_url"] ?? "";
    expect(host).toMatch(/^[a-z0-9]{6}-myorg-my-account\.snowflakecomputing\.app$/);
    expect(test.account.enterIngress(host, { user: "MILVUS_USER" })).toMatchObject({
      kind: "target",
      service: "MILVUS_DEMO.PUBLIC.JUPYTER",
      port: 8888,
    });
    expect(
      test.account.signIn({ kind: "password", user: "milvus_user", password: "milvususerok" }),
    ).not.toHaveProperty("kind");
    await test.runAll(seedCleanUp);
    expect(await test.failure("DROP COMPUTE POOL MILVUS_COMPUTE_POOL")).toContain("has services");
    await test.wait(10_000);
    await test.runAll(seedCleanUpRest);
    // What the guide leaves behind: a grant, and an integration.
    expect(test.account.comparable()).not.toEqual(new TestAccount().account.comparable());
    await test.run("REVOKE BIND SERVICE ENDPOINT ON ACCOUNT FROM ROLE SYSADMIN");
    await test.run("DROP INTEGRATION ALLOW_ALL_EAI");
    expect(test.account.comparable()).toEqual(new TestAccount().account.comparable());
  });

  it("SimulatedAccount of 2026 refuses the mounted stage, the grant that opens no door, and the password", async () => {
    const test = await prepared("2026");
    const jupyter = seedServices.at(-1) ?? "";
    await test.runAll(seedServices.slice(0, -1));
    expect(await test.failure(jupyter)).toContain(
      "stage mount v1 not supported, please use v2 instead",
    );
    const fixed = (seedSpecifications["jupyter.yaml"] ?? "").replace(
      'source: "@files"',
      "source: stage\n    stageConfig: {name: '@files'}",
    );
    await test.run(
      `CREATE SERVICE JUPYTER IN COMPUTE POOL JUPYTER_COMPUTE_POOL FROM SPECIFICATION $$${fixed}$$`,
    );
    await test.wait(60_000);
    await test.runAll(seedUse);
    const [endpoint] = await test.run("SHOW ENDPOINTS IN SERVICE MILVUS_DEMO.PUBLIC.JUPYTER");
    const host = endpoint?.["ingress_url"] ?? "";
    const visitor = { user: "MILVUS_USER" };
    expect(test.account.enterIngress(host, visitor)).toMatchObject({
      kind: "refusal",
      status: 403,
    });
    await test.run(
      "GRANT SERVICE ROLE MILVUS_DEMO.PUBLIC.JUPYTER!ALL_ENDPOINTS_USAGE TO ROLE MILVUS_ROLE",
    );
    expect(test.account.enterIngress(host, visitor)).toMatchObject({ kind: "target" });
    const signIn = { kind: "password", user: "milvus_user", password: "milvususerok" } as const;
    expect(test.account.signIn(signIn)).toMatchObject({ kind: "failure", code: "394507" });
    const [service] = await test.run("SHOW SERVICES LIKE 'milvus'");
    expect(service?.["dns_name"]).toMatch(/^milvus\.[a-z0-9]{4}\.svc\.spcs\.internal$/);
  });
});
