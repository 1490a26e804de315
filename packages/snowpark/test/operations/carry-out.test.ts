import { describe, expect, it } from "vitest";
import { carryOut } from "../../src/operations/carry-out.ts";
import { planContext } from "../../src/plan/plan-context.ts";
import {
  deployedOperations,
  type RehearsedOperations,
  rehearsedOperations,
} from "./rehearsed-operations.ts";

async function carriedOut({ context, rehearsal }: RehearsedOperations): Promise<unknown> {
  const plan = await rehearsal.plan(context.config);
  return await carryOut(plan, context, {
    context: planContext(plan.deployment, {
      session: context.session,
      newSecret: () => "secret",
      now: () => new Date(context.clock.now()),
    }),
    images: { push: () => Promise.reject(new Error("No image is to be pushed")) },
  });
}

describe("carryOut()", () => {
  it("does nothing where objects of others are in the way, and names them all", async () => {
    const operations = rehearsedOperations();
    const { rehearsal } = operations;
    await rehearsal.sql("ACCOUNTADMIN", "CREATE WAREHOUSE MILVUS_WH", "CREATE ROLE MILVUS_USER");
    const before = rehearsal.state();
    await expect(carriedOut(operations)).rejects.toMatchObject({
      code: "foreign-object",
      message: expect.stringMatching(
        /^Nothing was done, .*\n {2}the role MILVUS_USER: .*\n {2}the warehouse MILVUS_WH: /,
      ),
      details: { remedy: expect.stringContaining("existing") },
    });
    expect(rehearsal.state()).toEqual(before);
    expect(operations.told).toEqual([]);
  });

  it("does nothing where a change can't be made, and says what to do instead", async () => {
    const operations = await deployedOperations();
    const { context, rehearsal } = operations;
    const before = rehearsal.state();
    const config = { ...context.config, storage: { size: "20Gi" }, users: [] };
    const changed = { ...operations, context: { ...context, config } };
    await expect(carriedOut(changed)).rejects.toMatchObject({
      code: "invalid-configuration",
      message: expect.stringMatching(/service MILVUS_DB\.PUBLIC\.MILVUS: .*10Gi.*20Gi, but /),
    });
    expect(rehearsal.state()).toEqual(before);
  });
});
