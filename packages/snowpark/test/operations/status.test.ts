import { describe, expect, it } from "vitest";
import { endpointAddress } from "../../src/operations/endpoint-address.ts";
import { readStatus } from "../../src/operations/status.ts";
import { deployedOperations, rehearsedOperations } from "./rehearsed-operations.ts";

const hour = 3_600_000;

describe("readStatus()", () => {
  it("finds nothing in a fresh account, where the owner's role is not there either", async () => {
    const { context } = rehearsedOperations();
    expect(await readStatus(context)).toEqual({
      name: "milvus",
      account: "myorg-myaccount",
      pool: undefined,
      services: [],
    });
  });

  it("tells pool, services, containers and addresses", async () => {
    const { context } = await deployedOperations();
    const { pool, services } = await readStatus(context);
    expect(pool).toMatchObject({ name: "MILVUS_POOL", state: "ACTIVE", nodes: 1 });
    expect(services).toMatchObject([
      {
        name: "MILVUS",
        status: "RUNNING",
        containers: [{ name: "milvus", status: "READY", restarts: 0 }],
        endpoints: [
          { name: "milvus", port: "19530", isPublic: true },
          { name: "sf", port: "19531", isPublic: false, ingressHost: undefined },
        ],
      },
      { name: "MILVUS_NOTEBOOK", containers: [{ name: "notebook" }] },
    ]);
    expect(services[0]?.endpoints[0]?.ingressHost).toMatch(/^[a-z0-9]+-myorg-myaccount\./);
  });

  it("counts what the pool has cost since it started", async () => {
    const { context, rehearsal } = await deployedOperations();
    const before = (await readStatus(context)).pool;
    await rehearsal.pass(10 * hour);
    const after = (await readStatus(context)).pool;
    expect(after?.cost.creditsPerHour).toBe(0.11);
    expect((after?.creditsSoFar ?? 0) - (before?.creditsSoFar ?? 0)).toBeCloseTo(1.1, 5);
  });
});

describe("endpointAddress()", () => {
  it("is where Snowflake's ingress takes requests for the database and the notebook", async () => {
    const { context } = await deployedOperations();
    const rest = await endpointAddress(context, "rest");
    const notebook = await endpointAddress(context, "notebook");
    expect(rest.origin.href).toBe(`https://${rest.ingressHost}/`);
    expect(notebook.ingressHost).not.toBe(rest.ingressHost);
  });

  it("says not-found for what is not deployed, or not public, and what to do", async () => {
    const nothing = rehearsedOperations();
    await expect(endpointAddress(nothing.context, "rest")).rejects.toMatchObject({
      code: "not-found",
      details: { remedy: expect.stringContaining("up") },
    });
    const { config } = nothing.context;
    const inside = await deployedOperations({
      ...config,
      rest: { public: false },
      notebook: false,
    });
    await expect(endpointAddress(inside.context, "rest")).rejects.toMatchObject({
      code: "not-found",
      details: { remedy: expect.stringContaining("rest.public") },
    });
    await expect(endpointAddress(inside.context, "notebook")).rejects.toMatchObject({
      code: "not-found",
    });
  });
});
