import { expect, test } from "vitest";
import type { Plan, PlanNode } from "../../src/plan/plan.ts";
import { planAsSql } from "../../src/plan/plan-as-sql.ts";
import { planReport, planText } from "../../src/plan/plan-report.ts";
import { run, type Step } from "../../src/resources/resource.ts";
import { runScript } from "../../src/script/run-script.ts";
import { literal } from "../../src/sql/quote.ts";
import { namedImage } from "./configurations.ts";
import { handMadePlan, SmallAccount, thing } from "./hand-made.ts";

function planOf(...actions: readonly (PlanNode["action"] & { readonly name: string })[]): Plan {
  const account = new SmallAccount();
  const plan = handMadePlan(
    actions.map(({ name }) => thing(account, name)),
    "present",
  );
  const nodes = plan.nodes.map((node, index) => ({
    ...node,
    action: actions[index] ?? node.action,
  }));
  return { ...plan, nodes };
}

function creates(name: string, ...steps: Step[]): PlanNode["action"] & { name: string } {
  return { name, kind: "create", reason: "", changes: [], steps };
}

const push: Step = {
  kind: "push",
  image: namedImage("redkite", "1.0"),
  repository: { database: "DB", schema: "PUBLIC", repository: "REPO" },
};

test("planAsSql() changes the role where the next statement needs another", () => {
  const script = planAsSql(
    planOf(creates("a", run("ADMIN", "A"), run("my role", "B")), creates("b", run("my role", "C"))),
  );
  expect(script.split("\n").filter((line) => !/^(?:--|!|$)/.test(line))).toEqual([
    "USE ROLE ADMIN;",
    "A;",
    'USE ROLE "my role";',
    "B;",
    "C;",
  ]);
});

test("planAsSql() has variables in the place of secrets, and doubles every other &", () => {
  const secrets = [{ variable: "root_password", value: "hunter2" }];
  const script = planAsSql(planOf(creates("a", run("R", "X 'hunter2' 'a & b'", secrets))));
  expect(script).toContain("X '&{root_password}' 'a && b';");
  expect(script).toContain("snowsql -D root_password=");
  expect(script).not.toContain("hunter2");
});

/** An operator may set the password: it need not be one that stands in SQL as it is. */
const awkward = 'it\'s \\ & "$$" &{x}';

test("planAsSql() and planReport() show no secret, however SQL spells it", () => {
  const secrets = [{ variable: "v", value: awkward }];
  const plan = planOf(creates("a", run("R", `SET S = ${literal(awkward)} 'a & b'`, secrets)));
  expect(planAsSql(plan)).toContain("SET S = '&{v}' 'a && b';");
  expect(planReport(plan).actions[0]?.statements).toEqual([
    { role: "R", sql: "SET S = '***' 'a & b'" },
  ]);
});

test("planAsSql() is put together again by the runner of scripts", async () => {
  const account = new SmallAccount();
  const secrets = [{ variable: "v", value: awkward }];
  const sql = `SET_SECRET ${literal(awkward)} 'R&D'`;
  const plan = planOf(creates("R&D", run("R&D", sql, secrets)));
  const outcome = await runScript(planAsSql(plan), account, {
    variables: { v: literal(awkward).slice(1, -1) },
    now: () => 0,
  });
  expect(outcome.failures).toEqual([]);
  expect(account.statements).toEqual([sql]);
});

test("planAsSql() says in comments what SQL can't do, on one line whatever is in it", () => {
  const refused = {
    name: "x",
    kind: "refused",
    reason: "it is\nDROP DATABASE D;",
    changes: [],
    steps: [],
  } as const;
  const lines = planAsSql(planOf(creates("a", push), refused)).split("\n");
  expect(lines).toContain("-- Push the image now: db/public/repo/redkite:1.0");
  expect(lines).toContain("-- role x: it is DROP DATABASE D;");
});

test("planText() tells what is to be done, and counts the rest", () => {
  const text = planText(
    planOf(
      creates("a", run("R", "A")),
      { name: "b", kind: "update", reason: "size is 1, should be 2", changes: [], steps: [] },
      { name: "c", kind: "none", reason: "", changes: [], steps: [] },
      { name: "d", kind: "none", reason: "it carries no mark", changes: [], steps: [] },
    ),
  );
  expect(text.split("\n")).toEqual([
    "+ create role a",
    "~ update role b: size is 1, should be 2",
    "= leave role d: it carries no mark",
    "1 to create, 1 to update; 2 as they should be",
  ]);
});

test("planText() of a plan with nothing to do says so", () => {
  expect(planText(planOf({ name: "a", kind: "none", reason: "", changes: [], steps: [] }))).toBe(
    "Nothing to do: 1 as they should be",
  );
});

test("planReport() has all but the secrets", () => {
  const secrets = [{ variable: "v", value: "hunter2" }];
  expect(planReport(planOf(creates("a", run("R", "X 'hunter2'", secrets), push)))).toEqual({
    deployment: "milvus",
    goal: "up",
    actions: [
      {
        action: "create",
        kind: "role",
        name: "a",
        reason: "",
        statements: [{ role: "R", sql: "X '***'" }],
        images: ["redkite:1.0"],
      },
    ],
  });
});
