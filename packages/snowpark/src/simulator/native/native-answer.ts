import type { RowsOutcome, UploadOutcome } from "../account/statement-result.ts";
import type { ObjectStore } from "../stages/object-store.ts";
import { stageBucket } from "../stages/object-store.ts";
import type { Query, QueryFailure } from "../statements/query.ts";
import { wireColumn } from "../statements/result-column.ts";

/** How the drivers' protocol wraps everything. */
export interface NativeAnswer {
  readonly data: unknown;
  readonly code: string | null;
  readonly message: string | null;
  readonly success: boolean;
}

/** Numbers of statement types: drivers only ask whether it is a query. */
const queryType = 4_096;
const definitionType = 24_576;

export interface AnswerSurroundings {
  readonly objects: ObjectStore;
  /** Of this server, as clients reach it: `http://127.0.0.1:<port>`. */
  readonly origin: string;
}

export function success(data: unknown): NativeAnswer {
  return { data, code: null, message: null, success: true };
}

export function refusal(code: string, message: string, data: unknown = null): NativeAnswer {
  return { data, code, message, success: false };
}

/** The answer to a statement, whether it has ended or not. */
export function answerOf(query: Query, surroundings: AnswerSurroundings): NativeAnswer {
  const { end } = query;
  if (end === undefined) return stillRunning(query, "333333");
  if (end.kind === "failed") return failedAnswer(query, end.failure);
  if (query.parts !== undefined) return success(partsData(query, query.parts));
  const { outcome } = end;
  return success(
    outcome.kind === "rows" ? rowsData(query, outcome) : uploadData(query, outcome, surroundings),
  );
}

/** `333333` is a statement that takes long, `333334` one whose client did not want to wait. */
export function stillRunning(query: Query, code: "333333" | "333334"): NativeAnswer {
  return {
    data: {
      queryId: query.id,
      getResultUrl: `/queries/${query.id}/result`,
      queryAbortsAfterSecs: 300,
      progressDesc: null,
    },
    code,
    message: "Query execution in progress",
    success: true,
  };
}

function failedAnswer(query: Query, { code, sqlState, message }: QueryFailure): NativeAnswer {
  return refusal(code, message, {
    errorCode: code,
    sqlState,
    queryId: query.id,
    internalError: false,
    age: 0,
    line: -1,
    pos: -1,
    type: "COMPILATION",
  });
}

function commonData(query: Query): Record<string, unknown> {
  const { context } = query;
  return {
    queryId: query.id,
    parameters: [{ name: "CLIENT_TELEMETRY_ENABLED", value: false }],
    finalDatabaseName: context?.database ?? null,
    finalSchemaName: context?.schema ?? null,
    finalWarehouseName: context?.warehouse ?? null,
    finalRoleName: context?.role ?? null,
    numberOfBinds: 0,
    arrayBindSupported: false,
    version: 1,
    sqlState: null,
    queryResultFormat: "json",
  };
}

function rowsData(query: Query, { columns, rows, statementType }: RowsOutcome): unknown {
  return {
    ...commonData(query),
    rowtype: columns.map(wireColumn),
    rowset: rows,
    total: rows.length,
    returned: rows.length,
    statementTypeId: statementType === "query" ? queryType : definitionType,
  };
}

function partsData(query: Query, parts: readonly Query[]): unknown {
  const types = parts.map(({ end }) =>
    end?.kind === "done" && end.outcome.kind === "rows" && end.outcome.statementType === "query"
      ? queryType
      : definitionType,
  );
  return {
    ...commonData(query),
    rowtype: [],
    rowset: [],
    total: 0,
    returned: 0,
    statementTypeId: 40_960,
    resultIds: parts.map(({ id }) => id).join(","),
    resultTypes: types.join(","),
  };
}

/** Where the driver is to put the files: this server's object store, over plain HTTP. */
function uploadData(
  query: Query,
  upload: UploadOutcome,
  { objects, origin }: AnswerSurroundings,
): unknown {
  const folder = `${encodeURIComponent(upload.stageId)}/${upload.folder}`;
  return {
    ...commonData(query),
    command: "UPLOAD",
    src_locations: [upload.localPath],
    parallel: 4,
    threshold: 209_715_200,
    autoCompress: upload.autoCompress,
    overwrite: upload.overwrite,
    sourceCompression: "auto_detect",
    clientShowEncryptionParameter: false,
    encryptionMaterial: null,
    kind: null,
    operation: "Node",
    stageInfo: {
      locationType: "GCS",
      location: `${stageBucket}/${folder}`,
      path: folder,
      region: "us-central1",
      storageAccount: null,
      isClientSideEncrypted: false,
      creds: { GCS_ACCESS_TOKEN: objects.grant(upload.stageId) },
      presignedUrl: null,
      endPoint: origin,
    },
  };
}
