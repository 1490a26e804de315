import type { SqlApiConnection } from "../../src/session/sql-api-session.ts";
import type { ListeningServer, ServerAnswer } from "./listening-server.ts";

export const token: string = "eyJraWQiOiI.pat-of-the-test.c2ln";

export function connectionTo(
  server: ListeningServer,
  more: Partial<SqlApiConnection> = {},
): SqlApiConnection {
  return {
    account: "myorg-my_account",
    user: "ANNA",
    host: "127.0.0.1",
    port: server.port,
    protocol: "http",
    credentials: { kind: "programmatic-access-token", token },
    ...more,
  };
}

export function resultSet(
  columns: readonly [string, string][],
  data: unknown[][],
  more: object = {},
): ServerAnswer {
  return {
    status: 200,
    body: {
      code: "090001",
      statementHandle: "01b2-0000",
      resultSetMetaData: {
        numRows: data.length,
        rowType: columns.map(([name, type]) => ({ name, type })),
        partitionInfo: [{ rowCount: data.length }],
        ...more,
      },
      data,
    },
  };
}

export const done: ServerAnswer = resultSet([["status", "text"]], [["ok"]]);
