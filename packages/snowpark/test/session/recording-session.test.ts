import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecordingSession } from "../../src/session/recording-session.ts";
import { SqlApiSession } from "../../src/session/sql-api-session.ts";
import { literal } from "../../src/sql/quote.ts";
import { listeningServer } from "./listening-server.ts";
import { failureOf, testDependencies } from "./session-dependencies.ts";

const token = "eyJraWQiOiI.pat-of-the-test.c2ln";

/** Records a session with a server that echoes the statement, as its result or as its error. */
async function recording(): Promise<{ session: RecordingSession; lines: string[] }> {
  const server = await listeningServer(({ text }) => {
    const { statement } = JSON.parse(text);
    return statement.startsWith("FAIL")
      ? { status: 422, body: { code: "001003", message: `syntax error near ${statement}` } }
      : {
          status: 200,
          body: {
            statementHandle: "01",
            resultSetMetaData: {
              rowType: [
                { name: "status", type: "text" },
                { name: "token_secret", type: "text" },
              ],
            },
            data: [[statement, "shown once"]],
          },
        };
  });
  const lines: string[] = [];
  const connection = {
    account: "a-b",
    user: "ANNA",
    host: "127.0.0.1",
    port: server.port,
    protocol: "http",
    credentials: { kind: "oauth", token },
  } as const;
  const session = new RecordingSession(new SqlApiSession(connection, testDependencies()), {
    write: (line) => lines.push(line),
    now: () => 0,
    secrets: [token],
  });
  return { session, lines };
}

describe("RecordingSession", () => {
  test("hands results on as they are and writes them down without secrets", async () => {
    const { session, lines } = await recording();
    const result = await session.execute("SELECT 1", { role: "R", binds: ["b"] });
    expect(result.rows).toEqual([{ status: "SELECT 1", token_secret: "shown once" }]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        at: "1970-01-01T00:00:00.000Z",
        statement: "SELECT 1",
        role: "R",
        binds: ["b"],
        elapsedMs: 0,
        result: {
          queryId: "01",
          columns: ["status", "token_secret"],
          rows: [{ status: "SELECT 1", token_secret: "***" }],
        },
      },
    ]);
  });

  test("writes failures and uploads down", async () => {
    const { session, lines } = await recording();
    await failureOf(session.execute("FAIL"));
    await failureOf(session.put("/a", "@s"));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { statement: "FAIL", error: { code: "statement-failed", snowflakeCode: "001003" } },
      { put: { file: "/a", stageFolder: "@s" }, error: { code: "unsupported" } },
    ]);
  });

  test("never shows a secret, nor do errors", async () => {
    const { session, lines } = await recording();
    const secret = fc
      .string({ minLength: 4, unit: "grapheme" })
      .filter((text) => !/[*]/.test(text) && !surroundings.includes(text));
    await fc.assert(
      fc.asyncProperty(secret, fc.boolean(), async (value, isFailing) => {
        lines.length = 0;
        const statement = `${isFailing ? "FAIL" : "X"} COMMENT = ${literal(value)} ${value}`;
        const options = { secrets: [value], binds: [value] };
        if (isFailing) {
          const error = await failureOf(session.execute(statement, options));
          expect(error.message).not.toContain(value);
          expect(Object.values(error.details).join("\n")).not.toContain(value);
        } else {
          await session.execute(statement, options);
        }
        const texts: string[] = [];
        JSON.parse(lines.join(""), (key, inner: unknown) => {
          texts.push(key);
          if (typeof inner === "string") texts.push(inner);
          return inner;
        });
        expect(texts.join("\n")).not.toContain(value);
      }),
      { numRuns: 50 },
    );
  });
});

/** What a recording and an error say anyway: a secret that is part of this is none. */
const surroundings = [
  "1970-01-01T00:00:00.000Z statement role warehouse binds elapsedMs result error queryId columns rows",
  "message code statement-failed snowflakeCode status token_secret at 001003 001 FAIL X COMMENT = ''",
  "syntax error near The statement is not valid in this account: the message tells the line and position. remedy",
  "sqlState",
].join("\n");
