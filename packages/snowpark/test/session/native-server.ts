import { dirname, join } from "node:path";
import { listeningServer, type ReceivedRequest, type ServerAnswer } from "./listening-server.ts";

export interface NativeServer {
  readonly port: number;
  /** Statements in their order. */
  readonly statements: string[];
  readonly requests: readonly ReceivedRequest[];
  /** Uploaded files by their path in the store. */
  readonly files: Map<string, string>;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** What the server answers to a statement: columns and rows, or Snowflake's number of an error. */
export type NativeAnswer =
  | { readonly columns: readonly Column[]; readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly code: string; readonly message: string; readonly sqlState: string };

/**
 * As much of the drivers' protocol as a session of `snowflake-sdk` uses: sign-in with the password `pa55word`,
 * statements, further tokens, and uploads: to a folder for the stage `local_stage`, and to a store over plain HTTP.
 */
export async function nativeServer(
  answer: (statement: string) => NativeAnswer,
): Promise<NativeServer> {
  const statements: string[] = [];
  const files = new Map<string, string>();
  const context: Record<string, string | null> = { ROLE: "PUBLIC" };
  const server = await listeningServer((request) => {
    const { pathname } = request.url;
    if (pathname === "/session/v1/login-request") return login(request);
    if (pathname === "/session/token-request") {
      return success({ sessionToken: "st-2", masterToken: "mt-2", validityInSecondsST: 3600 });
    }
    if (pathname === "/queries/v1/query-request") {
      const statement: string = JSON.parse(request.text).sqlText;
      statements.push(statement);
      if (statement.startsWith("PUT ")) return upload(statement, server.port);
      const given = answer(statement);
      if (!("code" in given)) follow(statement, context);
      return resultOf(given, context);
    }
    if (pathname.startsWith("/bucket/")) {
      const isThere = files.has(pathname);
      if (request.method === "PUT") files.set(pathname, request.text);
      return { status: request.method === "PUT" || isThere ? 200 : 404, body: "" };
    }
    return success({});
  });
  return { port: server.port, requests: server.requests, statements, files };
}

function success(data: object): ServerAnswer {
  return { status: 200, body: { data, code: null, message: null, success: true } };
}

function failure(code: string, message: string, data: object = {}): ServerAnswer {
  return { status: 200, body: { data, code, message, success: false } };
}

function login({ text }: ReceivedRequest): ServerAnswer {
  if (JSON.parse(text).data.PASSWORD !== "pa55word") {
    return failure("390100", "Incorrect username or password was specified.", {
      nextAction: "RETRY_LOGIN",
    });
  }
  return success({
    token: "st-1",
    masterToken: "mt-1",
    validityInSeconds: 3600,
    masterValidityInSeconds: 14_400,
    sessionId: 1,
    displayUserName: "ANNA",
    serverVersion: "10.10.0",
    parameters: [],
    sessionInfo: { databaseName: null, schemaName: null, warehouseName: null, roleName: "PUBLIC" },
  });
}

/** Keeps what a session has: `USE` sets it, and so does the creation of a database. */
function follow(statement: string, context: Record<string, string | null>): void {
  const [verb = "", kind = "", name = ""] = statement.split(" ");
  const [first = "", second] = name.replaceAll('"', "").split(".");
  if (kind === "SCHEMA") {
    context["DATABASE"] = first;
    context["SCHEMA"] = second ?? first;
  } else if (verb === "USE" || kind === "DATABASE") {
    context[kind] = first;
    if (kind === "DATABASE") context["SCHEMA"] = "PUBLIC";
  }
}

function resultOf(answer: NativeAnswer, context: Record<string, string | null>): ServerAnswer {
  const queryId = "01b2-0000";
  if ("code" in answer) {
    const { code, message, sqlState } = answer;
    return failure(code, message, { errorCode: code, sqlState, queryId, internalError: false });
  }
  return success({
    queryId,
    parameters: [],
    rowtype: answer.columns.map((column) => ({
      ...column,
      length: 100,
      precision: 38,
      scale: column.type.startsWith("timestamp") ? 9 : 0,
      nullable: true,
    })),
    rowset: answer.rows,
    total: answer.rows.length,
    returned: answer.rows.length,
    queryResultFormat: "json",
    statementTypeId: 4096,
    version: 1,
    finalRoleName: context["ROLE"] ?? null,
    finalWarehouseName: context["WAREHOUSE"] ?? null,
    finalDatabaseName: context["DATABASE"] ?? null,
    finalSchemaName: context["SCHEMA"] ?? null,
  });
}

function upload(statement: string, port: number): ServerAnswer {
  const path = /'file:\/\/((?:[^']|'')*)'/.exec(statement)?.[1]?.replaceAll("''", "'") ?? "";
  return success({
    queryId: "01b2-0001",
    command: "UPLOAD",
    src_locations: [path],
    parallel: 4,
    threshold: 209_715_200,
    autoCompress: /AUTO_COMPRESS=true/.test(statement),
    overwrite: /OVERWRITE=true/.test(statement),
    sourceCompression: "auto_detect",
    encryptionMaterial: null,
    operation: "Node",
    stageInfo: statement.includes("@local_stage")
      ? { locationType: "LOCAL_FS", location: join(dirname(path), "local_stage"), creds: {} }
      : googleStage(port),
  });
}

function googleStage(port: number): object {
  return {
    locationType: "GCS",
    location: "bucket/stage/",
    path: "stage/",
    region: "us-central1",
    storageAccount: null,
    isClientSideEncrypted: false,
    creds: { GCS_ACCESS_TOKEN: "gcs-1" },
    presignedUrl: null,
    endPoint: `http://127.0.0.1:${port}`,
  };
}
