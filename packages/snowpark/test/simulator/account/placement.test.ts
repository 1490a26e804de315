import { describe, expect, it } from "vitest";
import type { TestAccount } from "./test-account.ts";
import { create, prepared, specification } from "./test-service.ts";

interface Requests {
  readonly memory?: string;
  readonly cpu?: number | string;
  readonly "nvidia.com/gpu"?: number;
}

/** Services of one container each, made in order, and what becomes of them. */
async function placed(test: TestAccount, requests: Readonly<Record<string, Requests>>) {
  for (const [name, wanted] of Object.entries(requests)) {
    const { "nvidia.com/gpu": gpus } = wanted;
    const limits = gpus === undefined ? {} : { "nvidia.com/gpu": gpus };
    const text = specification({ resources: { requests: wanted, limits } });
    await test.run(create(text).replace("SVC", name));
    await test.wait(120_000);
  }
  return Promise.all(
    Object.keys(requests).map(async (name) => {
      const [row] = await test.run(`SHOW SERVICE CONTAINERS IN SERVICE ${name}`);
      return row?.["status"] === "READY" ? "READY" : row?.["message"];
    }),
  );
}

const lacking = (what: string) => `Unschedulable due to insufficient ${what} resources.`;

describe("SimulatedAccount's placement of services", () => {
  it.each<[string, Requests, string]>([
    ["memory", { memory: "8Gi" }, lacking("memory")],
    ["processors", { cpu: 2 }, lacking("CPU")],
    ["processors in thousandths", { cpu: "1600m" }, lacking("CPU")],
  ])(
    "two services that take more %s than a node has do not run together",
    async (_, wanted, message) => {
      const test = await prepared();
      expect(await placed(test, { A: wanted, B: wanted })).toEqual(["READY", message]);
      await test.run("DROP SERVICE A FORCE");
      await test.wait(120_000);
      expect(await test.run("SHOW SERVICE CONTAINERS IN SERVICE B")).toMatchObject([
        { status: "READY" },
      ]);
    },
  );

  it("two services that fit on a node run together", async () => {
    const half = { memory: "2Gi", cpu: 1 };
    expect(await placed(await prepared(), { A: half, B: half })).toEqual(["READY", "READY"]);
  });

  it("a service that asks for a GPU is placed on no node without one", async () => {
    const wanted = { "nvidia.com/gpu": 1 };
    expect(await placed(await prepared(), { A: wanted })).toEqual([lacking("GPU")]);
  });
});
