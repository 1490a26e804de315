import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runScript, type ScriptEvent, type ScriptOptions } from "../../src/script/run-script.ts";
import { literal } from "../../src/sql/quote.ts";
import { failureOf } from "../session/session-dependencies.ts";
import { echoSession, type ReceivedStatement } from "./echo-session.ts";

interface Run {
  readonly received: ReceivedStatement[];
  readonly events: ScriptEvent[];
  readonly failures: {
    line: number;
    file: string;
    code: string;
    message: string;
    remedy?: string | undefined;
  }[];
  readonly ranCount: number;
  readonly isComplete: boolean;
}

async function run(script: string, options: Partial<ScriptOptions> = {}): Promise<Run> {
  const { session, received } = await echoSession();
  const events: ScriptEvent[] = [];
  const outcome = await runScript(script, session, {
    fileName: "s.sql",
    now: () => 0,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const failures = outcome.failures.map(({ place, error }) => ({
    ...place,
    code: error.code,
    message: error.message,
    remedy: error.details.remedy,
  }));
  return { ...outcome, received, events, failures };
}

/** What is shown beside secrets: a secret that is part of it is none. */
const shownAnyway = `SELECT FAIL CALL SET s = $s $$ $$ statement-failed script:1 script:2 001003 002211 syntax error:
 Session variable '$S' does not exist. A string, a quoted name or a comment is not closed. SET s = … before it is used
 The statement is not valid in this account: the message tells the line and position. &plain; '&plain', $$&plain$$`;

describe("runScript", () => {
  test("sends each statement with the context that its USEs made", async () => {
    const { received, ranCount, isComplete } = await run(`
      USE ROLE sysadmin; -- a comment; with a semicolon
      CREATE ROLE "a;b";
      use warehouse "Mine";
      USE DATABASE d;
      SHOW SERVICES;
      USE SCHEMA e.s;
      SHOW SERVICES;
      USE f."S";
      SHOW SERVICES`);
    expect(received).toEqual([
      { statement: 'CREATE ROLE "a;b"', role: "SYSADMIN" },
      {
        statement: "SHOW SERVICES",
        role: "SYSADMIN",
        warehouse: "Mine",
        database: "D",
        schema: "PUBLIC",
      },
      {
        statement: "SHOW SERVICES",
        role: "SYSADMIN",
        warehouse: "Mine",
        database: "E",
        schema: "S",
      },
      {
        statement: "SHOW SERVICES",
        role: "SYSADMIN",
        warehouse: "Mine",
        database: "F",
        schema: "S",
      },
    ]);
    expect({ ranCount, isComplete }).toEqual({ ranCount: 9, isComplete: true });
  });

  test("knows the names that IDENTIFIER() gives", async () => {
    const { received } = await run(`
      SET r = 'my_role'; SET d = '"My db".s';
      USE ROLE IDENTIFIER($r);
      USE SCHEMA IDENTIFIER($d);
      SHOW STAGES;
      CREATE DATABASE IDENTIFIER('"new db"');
      SHOW STAGES`);
    expect(received.filter(({ statement }) => statement === "SHOW STAGES")).toEqual([
      { statement: "SHOW STAGES", role: "MY_ROLE", database: "My db", schema: "S" },
      { statement: "SHOW STAGES", role: "MY_ROLE", database: "new db", schema: "PUBLIC" },
    ]);
  });

  test("moves to what is created, and away from what is dropped", async () => {
    const { received } = await run(`
      CREATE OR REPLACE WAREHOUSE w WITH WAREHOUSE_SIZE = 'X-SMALL';
      CREATE DATABASE IF NOT EXISTS d;
      CREATE SCHEMA s;
      CREATE DATABASE IF NOT EXISTS OLD;
      SHOW STAGES;
      DROP SCHEMA d.s;
      SHOW STAGES;
      DROP DATABASE IF EXISTS d;
      DROP WAREHOUSE w;
      SHOW STAGES`);
    expect(received.filter(({ statement }) => statement === "SHOW STAGES")).toEqual([
      { statement: "SHOW STAGES", warehouse: "W", database: "D", schema: "S" },
      { statement: "SHOW STAGES", warehouse: "W", database: "D" },
      { statement: "SHOW STAGES" },
    ]);
  });

  test("puts SnowSQL's variables in, once that is turned on", async () => {
    const { received } = await run(`
      SELECT '&off';
      !set variable_substitution=true
      !define Name=milvus;
      SELECT '&name', &{NAME}_x, 'a && b'`);
    expect(received.map(({ statement }) => statement)).toEqual([
      "SELECT '&off'",
      "SELECT 'milvus', milvus_x, 'a & b'",
    ]);
  });

  test("takes values from the caller, whose semicolons end no statement", async () => {
    const { received, events } = await run("ALTER SECRET s SET COMMENT = '&value'; X", {
      variables: { VALUE: "a;b" },
      secrets: ["a;b"],
    });
    expect(received.map(({ statement }) => statement)).toEqual([
      "ALTER SECRET s SET COMMENT = 'a;b'",
      "X",
    ]);
    expect(JSON.stringify(events)).not.toContain("a;b");
  });

  test("never shows a secret, whatever it is and wherever it stands", async () => {
    const { session } = await echoSession();
    const secret = fc
      .string({ minLength: 6, unit: "grapheme" })
      .filter((text) => !text.includes("*") && !shownAnyway.includes(text));
    await fc.assert(
      fc.asyncProperty(secret, async (value) => {
        const shown: string[] = [];
        const script =
          "SELECT '&plain', $s, $$&plain$$; FAIL '&plain'; CALL $s; SET s = &quoted; CALL $s; !print &plain";
        await runScript(script.replaceAll("; ", ";\n"), session, {
          variables: { plain: value, quoted: literal(value) },
          secrets: [value],
          now: () => 0,
          continueOnError: true,
          onEvent: (event) => {
            if (event.kind === "print") shown.push(event.text);
            else shown.push(event.statement);
            if (event.kind === "failed") {
              shown.push(event.error.message, ...Object.values(event.error.details).map(String));
            }
          },
        });
        expect(shown.join("\n")).not.toContain(value);
      }),
      { numRuns: 30 },
    );
  });

  test("keeps session variables, and puts them in outside of strings", async () => {
    const { received } = await run(`
      SET x = 'it''s'; SET (y, z) = (-1, (SELECT f(1, 2)));
      CALL p($X, $y, $z, '$x', $$ $x $$, "$x", $1); UNSET x;
      CALL p($y)`);
    expect(received.map(({ statement }) => statement)).toEqual([
      "SELECT (SELECT f(1, 2))",
      `CALL p('it''s', -1, '42''s', '$x', $$ $x $$, "$x", $1)`,
      "CALL p(-1)",
    ]);
  });

  test("stops at the first failure and says where it was", async () => {
    const { failures, isComplete, received, ranCount } = await run("A;\n\nFAIL 1;\nB");
    expect(failures).toMatchObject([{ file: "s.sql", line: 3, code: "statement-failed" }]);
    expect(received).toHaveLength(2);
    expect({ isComplete, ranCount }).toEqual({ isComplete: false, ranCount: 2 });
  });

  test("goes on after failures when asked to", async () => {
    const { failures, isComplete } = await run("FAIL 1;\nB;\n!nonsense\nC $q;\n", {
      continueOnError: true,
    });
    expect(failures.map(({ line, code }) => [line, code])).toEqual([
      [1, "statement-failed"],
      [3, "unsupported"],
      [4, "statement-failed"],
    ]);
    expect(isComplete).toBe(true);
    expect((await run("!set exit_on_error=false\nFAIL; B")).isComplete).toBe(true);
  });

  test.each([
    ["SELECT 'never closed", "statement-failed", /not closed/],
    ["USE SECONDARY ROLES ALL", "unsupported", /SECONDARY ROLES/],
    ["USE", "statement-failed", /names nothing/],
    ["USE CATALOG c", "statement-failed", /USE CATALOG c/],
    ["USE ROLE a b", "statement-failed", /USE ROLE a b/],
    ["USE ROLE a.b", "statement-failed", /USE ROLE a\.b/],
    ["USE a.b.c", "statement-failed", /USE a\.b\.c/],
    ["USE ROLE IDENTIFIER('a b')", "statement-failed", /names nothing/],
    ["USE ROLE IDENTIFIER('a'", "statement-failed", /names nothing/],
    ["SET x", "statement-failed", /SET x = 1/],
    ["SET (a, b) = (1)", "statement-failed", /SET x = 1/],
    ["SELECT $missing", "statement-failed", /Session variable '\$MISSING' does not exist/],
    [
      "!set variable_substitution=on\nSELECT &missing",
      "invalid-configuration",
      /missing is not defined/,
    ],
    ["!spool x", "unsupported", /!spool/],
    ["!set colour=red", "unsupported", /colour/],
    ["!define x", "invalid-configuration", /name=value/],
    ["!source other.sql", "unsupported", /!source/],
    ["PUT file:///a @s", "unsupported", /PUT/],
    ["PUT @s file:///a", "statement-failed", /PUT file/],
    ["PUT file:///a @s SOURCE_COMPRESSION = GZIP", "unsupported", /SOURCE_COMPRESSION/],
  ])("refuses %j", async (script, code, message) => {
    const { failures, isComplete } = await run(script);
    expect(failures).toMatchObject([{ code, message: expect.stringMatching(message) }]);
    expect(isComplete).toBe(false);
  });

  test("runs other files, with their own lines, to a bounded depth", async () => {
    const files: Record<string, string> = {
      "one.sql": "USE ROLE R;\n!source two.sql\nX;\n!quit\nNEVER",
      "two.sql": "\nFAIL two;",
      "self.sql": "!source self.sql",
    };
    const readSource = async (path: string): Promise<string> => files[path] ?? "";
    const { failures, received, isComplete } = await run("!source one.sql\nNEVER", {
      readSource,
      continueOnError: true,
    });
    expect(failures).toMatchObject([{ file: "two.sql", line: 2 }]);
    expect(received.map(({ statement, role }) => [statement, role])).toEqual([
      ["FAIL two", "R"],
      ["X", "R"],
    ]);
    expect(isComplete).toBe(true);
    const endless = await run("!source self.sql", { readSource });
    expect(endless.failures).toMatchObject([{ message: expect.stringContaining("16 deep") }]);
  });

  test("tells what it would do, and does nothing", async () => {
    const { received, events } = await run(
      "USE ROLE R; SET x = f(1); CALL p($x); PUT file:///a @s; CREATE DATABASE d",
      { dryRun: true },
    );
    expect(received).toEqual([]);
    const begun = events.filter((event) => event.kind === "begin");
    expect(begun.map(({ statement, role }) => [statement, role])).toEqual([
      ["USE ROLE R", undefined],
      ["SET x = f(1)", "R"],
      ["CALL p((f(1)))", "R"],
      ["PUT file:///a @s", "R"],
      ["CREATE DATABASE d", "R"],
    ]);
  });

  test("ends when it is given up", async () => {
    const controller = new AbortController();
    const { session, received } = await echoSession();
    const running = runScript("A; B; C", session, {
      now: () => 0,
      signal: controller.signal,
      onEvent: ({ kind }) => {
        if (kind === "done") controller.abort();
      },
    });
    expect((await failureOf(running)).code).toBe("cancelled");
    expect(received).toHaveLength(1);
  });

  test("reads the guide's script to its end", async () => {
    const guide = await readFile(new URL("fixtures/guide.sql", import.meta.url), "utf8");
    const cleanUp = await readFile(new URL("fixtures/guide-clean-up.sql", import.meta.url), "utf8");
    const { failures, received, events } = await run(guide + cleanUp, { continueOnError: true });
    // The two uploads: the SQL API has none.
    expect(failures.map(({ code }) => code)).toEqual(["unsupported", "unsupported"]);
    expect(received).toHaveLength(37);
    expect(
      received.find(({ statement }) => statement.startsWith("CREATE SERVICE MILVUS")),
    ).toMatchObject({
      role: "SYSADMIN",
      database: "MILVUS_DEMO",
      schema: "PUBLIC",
      warehouse: "MILVUS_WAREHOUSE",
    });
    expect(JSON.stringify(events)).not.toContain("milvususerok");
  });
});
