import { SqlApiSession } from "../../src/session/sql-api-session.ts";
import { listeningServer } from "../session/listening-server.ts";
import { testDependencies } from "../session/session-dependencies.ts";

/** A statement as the server received it: with the context that was sent along. */
export interface ReceivedStatement {
  readonly statement: string;
  readonly role?: string;
  readonly warehouse?: string;
  readonly database?: string;
  readonly schema?: string;
}

export interface EchoSession {
  readonly session: SqlApiSession;
  readonly received: ReceivedStatement[];
}

/** A session whose server answers `status: ok`, `SELECT …` with `42's`, and what has FAIL in it with an error. */
export async function echoSession(): Promise<EchoSession> {
  const received: ReceivedStatement[] = [];
  const server = await listeningServer(({ text }) => {
    const request: ReceivedStatement = JSON.parse(text);
    received.push(request);
    if (request.statement.includes("FAIL")) {
      return {
        status: 422,
        body: { code: "001003", message: `syntax error: ${request.statement}` },
      };
    }
    const isSelect = request.statement.startsWith("SELECT");
    const answer = request.statement.includes("IF NOT EXISTS OLD")
      ? "OLD already exists, statement succeeded."
      : isSelect
        ? "42's"
        : "ok";
    return {
      status: 200,
      body: {
        statementHandle: "01",
        resultSetMetaData: { rowType: [{ name: "status", type: "text" }] },
        data: [[answer]],
      },
    };
  });
  const session = new SqlApiSession(
    {
      account: "a-b",
      user: "ANNA",
      host: "127.0.0.1",
      port: server.port,
      protocol: "http",
      credentials: { kind: "oauth", token: "token-of-the-test" },
    },
    testDependencies(),
  );
  return { session, received };
}
