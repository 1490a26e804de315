import { describe, expect, test } from "vitest";
import { SnowparkError } from "../../src/base/snowpark-error.ts";
import { applyPlan, failureOf } from "../../src/plan/apply-plan.ts";
import { type Readiness, type Resource, run } from "../../src/resources/resource.ts";
import { handMadeOptions, handMadePlan, SmallAccount, thing } from "./hand-made.ts";

async function apply(
  account: SmallAccount,
  resources: readonly Resource[],
  options: { readonly goal?: "present" | "absent"; readonly signal?: AbortSignal } = {},
) {
  const plan = handMadePlan(resources, options.goal ?? "present");
  const made = handMadeOptions(account, plan);
  const report = await applyPlan(plan, { ...made, signal: options.signal });
  const kinds = Object.fromEntries(
    report.outcomes.map(({ id, kind }) => [id.replace("role ", ""), kind]),
  );
  return { report, kinds, events: made.events, slept: made.slept() };
}

describe("applyPlan()", () => {
  test("applyPlan() makes each resource after what it depends on", async () => {
    const account = new SmallAccount();
    const { kinds } = await apply(account, [
      thing(account, "a"),
      thing(account, "b", { dependsOn: ["role a"] }),
      thing(account, "c", { dependsOn: ["role b"] }),
    ]);
    expect(kinds).toEqual({ a: "created", b: "created", c: "created" });
    expect(account.statements).toEqual(["MAKE a", "MAKE b", "MAKE c"]);
  });

  test("applyPlan() works on four resources at a time and no more", async () => {
    const account = new SmallAccount();
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    await apply(
      account,
      names.map((name) => thing(account, name)),
    );
    expect(account.objects.size).toBe(20);
    expect(account.mostRunning).toBe(4);
  });

  test("applyPlan() leaves what depends on a failure and goes on with the rest", async () => {
    const account = new SmallAccount();
    account.hooks.set("MAKE a", () => {
      throw new SnowparkError("insufficient-privileges", "Insufficient privileges", { role: "R" });
    });
    const { kinds, report } = await apply(account, [
      thing(account, "a"),
      thing(account, "b", { dependsOn: ["role a"] }),
      thing(account, "c", { dependsOn: ["role b"] }),
      thing(account, "d"),
    ]);
    expect(kinds).toEqual({ a: "failed", b: "skipped", c: "skipped", d: "created" });
    expect(report.outcomes[2]?.because).toBe("role b");
    expect(failureOf(report)).toMatchObject({
      code: "insufficient-privileges",
      details: { step: "role a", role: "R" },
    });
  });

  test("applyPlan() begins nothing new once it is given up, and ends what runs", async () => {
    const account = new SmallAccount();
    const controller = new AbortController();
    account.hooks.set("MAKE a", () => controller.abort());
    const { kinds, report } = await apply(
      account,
      [
        thing(account, "a"),
        thing(account, "b", { dependsOn: ["role a"] }),
        thing(account, "c", { dependsOn: ["role b"] }),
      ],
      { signal: controller.signal },
    );
    expect(kinds).toEqual({ a: "created", b: "cancelled", c: "cancelled" });
    expect(account.statements).toEqual(["MAKE a"]);
    expect(failureOf(report)?.code).toBe("cancelled");
  });

  test("applyPlan() stops between the statements of a resource when it is given up", async () => {
    const account = new SmallAccount();
    const controller = new AbortController();
    account.hooks.set("MAKE a", () => controller.abort());
    const two = thing(account, "a", {
      observe: async () => ({ kind: "absent", create: [run("R", "MAKE a"), run("R", "MAKE b")] }),
    });
    const { kinds } = await apply(account, [two], { signal: controller.signal });
    expect(kinds).toEqual({ a: "cancelled" });
    expect(account.statements).toEqual(["MAKE a"]);
  });

  test("applyPlan() lets others begin before a resource is ready, and waits for it in the end", async () => {
    const account = new SmallAccount();
    const answers: Readiness[] = [
      { kind: "waiting", message: "STARTING" },
      { kind: "waiting", message: "STARTING" },
      { kind: "ready" },
    ];
    const slow = thing(account, "slow", {
      ready: async () => answers.shift() ?? { kind: "ready" },
    });
    const { events, slept } = await apply(account, [
      slow,
      thing(account, "next", { dependsOn: ["role slow"] }),
    ]);
    const ended = events.flatMap((event) => (event.kind === "ended" ? [event.outcome.id] : []));
    expect(ended).toEqual(["role next", "role slow"]);
    expect(slept).toBe(6000);
  });

  test("applyPlan() gives a resource that does not get ready half an hour", async () => {
    const account = new SmallAccount();
    const stuck = thing(account, "stuck", {
      ready: async () => ({ kind: "waiting", message: "the compute pool is STARTING" }),
    });
    const { report, slept } = await apply(account, [stuck]);
    expect(failureOf(report)).toMatchObject({
      code: "not-ready",
      message: "After 30 minutes, still: the compute pool is STARTING",
    });
    expect(slept).toBe(1_800_000);
  });

  test("applyPlan() tells the last lines of a container that fails", async () => {
    const account = new SmallAccount();
    const broken = thing(account, "broken", {
      ready: async () => ({ kind: "failed", message: "exit code 1", logLines: ["no such file"] }),
    });
    const { report } = await apply(account, [broken]);
    expect(failureOf(report)).toMatchObject({
      code: "not-ready",
      details: { logLines: ["no such file"], step: "role broken" },
    });
  });

  test("applyPlan() takes a name that does nothing when made for taken by what it can't see", async () => {
    const account = new SmallAccount();
    const hidden = thing(account, "hidden", {
      observe: async () => ({ kind: "absent", create: [run("R", "NOTHING")] }),
    });
    const { report } = await apply(account, [hidden]);
    expect(failureOf(report)?.code).toBe("foreign-object");
    expect(account.statements).toEqual(["NOTHING"]);
  });

  test("applyPlan() changes a resource three times at most", async () => {
    const account = new SmallAccount();
    const change = { field: "size", is: "1", wanted: "2", steps: [run("R", "ALTER x")] };
    const stubborn = thing(account, "stubborn", {
      observe: async () => ({ kind: "present", changes: [change], remove: [] }),
    });
    const { report } = await apply(account, [stubborn]);
    expect(failureOf(report)?.message).toContain("does not change as told: size is 1");
    expect(account.statements).toEqual(["ALTER x", "ALTER x", "ALTER x"]);
  });

  test("applyPlan() touches nothing that another made, and fails for it only on the way up", async () => {
    const account = new SmallAccount();
    const foreign = thing(account, "foreign", {
      observe: async () => ({ kind: "foreign", found: "it belongs to the deployment other" }),
    });
    expect(failureOf((await apply(account, [foreign])).report)?.code).toBe("foreign-object");
    expect((await apply(account, [foreign], { goal: "absent" })).kinds).toEqual({
      foreign: "unchanged",
    });
    expect(account.statements).toEqual([]);
  });

  test("applyPlan() does not remove what holds something of others", async () => {
    const account = new SmallAccount();
    account.objects.add("full");
    const full = thing(account, "full", { foreignContent: async () => ["table PUBLIC.SALES"] });
    const { report } = await apply(account, [full], { goal: "absent" });
    expect(failureOf(report)).toMatchObject({
      code: "foreign-object",
      message: expect.stringContaining("table PUBLIC.SALES"),
    });
    expect(account.statements).toEqual([]);
  });

  test("applyPlan() waits for what is on its way to be gone", async () => {
    const account = new SmallAccount();
    account.objects.add("service");
    let looks = 0;
    const leaving = thing(account, "service", {
      observe: async () => {
        if (account.objects.has("service")) {
          return { kind: "present", changes: [], remove: [run("R", "DROP service")] };
        }
        looks += 1;
        return looks < 3
          ? { kind: "unsettled", message: "the service is DELETING" }
          : { kind: "absent", create: [] };
      },
    });
    const { kinds, slept } = await apply(account, [leaving], { goal: "absent" });
    expect(kinds).toEqual({ service: "deleted" });
    expect(slept).toBe(6000);
  });

  test("applyPlan() shows statements without their secrets", async () => {
    const account = new SmallAccount();
    const secret = thing(account, "x", {
      observe: async () =>
        account.objects.has("x")
          ? { kind: "present", changes: [], remove: [] }
          : {
              kind: "absent",
              create: [run("R", "MAKE x hunter2", [{ variable: "v", value: "hunter2" }])],
            },
    });
    const { events } = await apply(account, [secret]);
    expect(account.statements).toEqual(["MAKE x hunter2"]);
    expect(events).toContainEqual({
      kind: "statement",
      id: "role x",
      role: "R",
      sql: "MAKE x ***",
    });
    expect(JSON.stringify(events)).not.toContain("hunter2");
  });
});
