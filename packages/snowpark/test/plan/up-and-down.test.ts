import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/plan/plan.ts";
import { configurations } from "./configurations.ts";
import { expectDone, Rehearsal } from "./rehearsal.ts";

const behaviours = ["2024", "2026"] as const;

/** What a plan would do, in words. */
function doings(plan: Plan): string[] {
  return plan.nodes
    .filter(({ action }) => action.kind !== "none")
    .map(({ resource, action }) => `${action.kind} ${resource.id}: ${action.reason}`);
}

async function withUsers(behaviour: "2024" | "2026"): Promise<Rehearsal> {
  const rehearsal = new Rehearsal(behaviour);
  await rehearsal.sql("USERADMIN", `CREATE USER "odd user ""x"""`);
  return rehearsal;
}

describe.each(behaviours)("a deployment in the behaviour of %s", (behaviour) => {
  test("planUp() after up finds nothing to do, and planDown() with the data leaves what was before", async () => {
    await fc.assert(
      fc.asyncProperty(configurations, async (config) => {
        const rehearsal = await withUsers(behaviour);
        const before = rehearsal.state();
        expectDone(await rehearsal.up(config));
        expect(doings(await rehearsal.plan(config))).toEqual([]);
        expectDone(await rehearsal.down(config, { deleteData: true }));
        expect(rehearsal.state()).toEqual(before);
      }),
      { numRuns: 6 },
    );
  });

  test("planUp() of one configuration after another ends as if the other had never been", async () => {
    await fc.assert(
      fc.asyncProperty(configurations, configurations, async (first, second) => {
        // What a deployment keeps for its life.
        const { engine, pool, storage, backup, names } = first;
        const { instanceFamily } = pool;
        const changed = {
          ...second,
          ...{ engine, storage, backup, names },
          pool: { ...second.pool, instanceFamily },
        };
        const [both, one] = [await withUsers(behaviour), await withUsers(behaviour)];
        expectDone(await both.up(first));
        expectDone(await both.up(changed));
        expect(doings(await both.plan(changed))).toEqual([]);
        expectDone(await one.up(changed));
        const stageIsLeft = first.notebook && !changed.notebook;
        expect(stageIsLeft || sameState(both, one)).toBe(true);
        expectDone(await both.down(changed, { deleteData: true }));
        expectDone(await one.down(changed, { deleteData: true }));
        expect(both.state()).toEqual(one.state());
      }),
      { numRuns: 4 },
    );
  });
});

function sameState(one: Rehearsal, other: Rehearsal): boolean {
  expect(one.state()).toEqual(other.state());
  return true;
}
