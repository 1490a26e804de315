import { fullName, ownName } from "../account-objects.ts";
import { readCommentChange } from "../alteration.ts";
import { createdOnColumn, numberColumn, textColumn } from "../columns.ts";
import type { NamedCreate, ObjectKind } from "../object-kind.ts";
import {
  choiceProperty,
  integerProperty,
  nameProperty,
  type PropertiesOf,
  readList,
  readProperties,
  textProperty,
} from "../properties.ts";
import type { FunctionArgument, FunctionObject, ServiceObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { doesNotExist, missingOptions, notSimulated, serviceError } from "../statement-error.ts";
import { queryResult } from "../statement-result.ts";

const shape = {
  SERVICE: nameProperty,
  ENDPOINT: readEndpoint,
  COMMENT: textProperty,
  CONTEXT_HEADERS: (cursor: StatementCursor) => readList(cursor, () => cursor.word()),
  MAX_BATCH_ROWS: integerProperty(1, 1_000_000),
  MAX_BATCH_RETRIES: integerProperty(0, 100),
  ON_BATCH_FAILURE: choiceProperty("ABORT", "RETURN_NULL"),
  BATCH_TIMEOUT_SECS: () => {
    throw notSimulated("BATCH_TIMEOUT_SECS");
  },
};

/** BCR-1938. */
const defaultBatchRetries = 3;

/** An endpoint's name: as written in quotes, in lower case without. */
function readEndpoint(cursor: StatementCursor): string {
  const kind = cursor.peek()?.kind;
  if (kind === "word") return cursor.word().toLowerCase();
  return kind === "quoted" ? cursor.identifier() : cursor.text();
}

const typeAliases: Readonly<Record<string, string>> = {
  STRING: "VARCHAR",
  TEXT: "VARCHAR",
  CHAR: "VARCHAR",
  INT: "NUMBER",
  INTEGER: "NUMBER",
  BIGINT: "NUMBER",
  DECIMAL: "NUMBER",
  DOUBLE: "FLOAT",
  REAL: "FLOAT",
};
const knownTypes = new Set(["VARCHAR", "NUMBER", "FLOAT", "BOOLEAN", "VARIANT", "ARRAY", "OBJECT"]);

/** Service functions. One is known by its name and the types of its arguments, as in `SEARCH(VARCHAR, ARRAY)`. */
export const functionKind: ObjectKind<"FUNCTION"> = {
  type: "FUNCTION",
  words: ["FUNCTION"],
  plural: ["USER FUNCTIONS", "FUNCTIONS"],
  createPrivilege: "CREATE FUNCTION",
  canReplace: true,
  readNamedCreate: readFunction,
  readAlter: readCommentChange,
  columns: [
    createdOnColumn,
    textColumn("name", (one) => bareFunctionName(one)),
    textColumn("schema_name", (one) => one.name[1] ?? null),
    textColumn("is_builtin", () => "N"),
    numberColumn("min_num_arguments", (one) => one.arguments.length),
    numberColumn("max_num_arguments", (one) => one.arguments.length),
    textColumn("arguments", (one) => `${ownName(one)} RETURN ${one.returns}`),
    textColumn("description", ({ comment }) =>
      comment === "" ? "user-defined function" : comment,
    ),
    textColumn("catalog_name", (one) => one.name[0] ?? null),
    textColumn("is_external_function", () => "Y"),
    textColumn("language", () => "EXTERNAL"),
  ],
  describe: (one) =>
    queryResult(
      ["property", "value"].map((name) => ({ name, type: "text" })),
      [
        [
          "signature",
          `(${one.arguments.map(({ name, dataType }) => `${name} ${dataType}`).join(", ")})`,
        ],
        ["returns", one.returns],
        ["language", "EXTERNAL"],
        ["body", one.path],
        ["service", one.service],
        ["endpoint", one.endpoint],
        ["max_batch_rows", one.maxBatchRows?.toString() ?? "not set"],
        ["max_batch_retries", String(one.maxBatchRetries)],
        ["on_batch_failure", one.failsWithNull ? "RETURN_NULL" : "ABORT"],
        [
          "context_headers",
          one.contextHeaders.length === 0 ? "null" : JSON.stringify(one.contextHeaders),
        ],
        ["comment", one.comment],
      ],
    ),
};

/** A function's name without its arguments. */
export function bareFunctionName(one: FunctionObject): string {
  return ownName(one).replace(/\(.*$/s, "");
}

/** Reads `name(TYPE, …)`: the full name of a function that is there. */
export function readFunctionName(cursor: StatementCursor): string[] {
  const name = cursor.name();
  const types = readList(cursor, () => readType(cursor));
  return [...name.slice(0, -1), signature(name.at(-1) ?? "", types)];
}

/** A function's name has the types of its arguments, which stand between it and the rest. */
function readFunction(cursor: StatementCursor): NamedCreate<"FUNCTION"> {
  const written = cursor.name();
  const parameters = readList(cursor, () => ({
    name: cursor.identifier(),
    dataType: readType(cursor),
  }));
  cursor.expect("RETURNS");
  const returns = readType(cursor);
  readNullBehaviour(cursor);
  const properties = readProperties(cursor, shape);
  cursor.expect("AS");
  const path = cursor.text();
  const types = parameters.map(({ dataType }) => dataType);
  return {
    name: [...written.slice(0, -1), signature(written.at(-1) ?? "", types)],
    create: (base, context) => ({
      ...base,
      ...targetOf(properties, context),
      type: "FUNCTION",
      comment: properties.COMMENT ?? "",
      arguments: parameters satisfies FunctionArgument[],
      returns,
      path,
      maxBatchRows: properties.MAX_BATCH_ROWS ?? null,
      maxBatchRetries: properties.MAX_BATCH_RETRIES ?? defaultBatchRetries,
      failsWithNull: properties.ON_BATCH_FAILURE === "RETURN_NULL",
      contextHeaders: properties.CONTEXT_HEADERS ?? [],
      properties: {},
    }),
  };
}

function readNullBehaviour(cursor: StatementCursor): void {
  cursor.acceptOneOf(["NOT NULL", "NULL"]);
  cursor.acceptOneOf(["CALLED ON NULL INPUT", "RETURNS NULL ON NULL INPUT", "STRICT"]);
  cursor.acceptOneOf(["VOLATILE", "IMMUTABLE"]);
}

function targetOf(
  { SERVICE: serviceName, ENDPOINT: endpoint }: PropertiesOf<typeof shape>,
  context: StatementContext,
): { readonly service: string; readonly endpoint: string } {
  if (serviceName === undefined || endpoint === undefined) {
    throw missingOptions([
      ...(serviceName === undefined ? ["SERVICE"] : []),
      ...(endpoint === undefined ? ["ENDPOINT"] : []),
    ]);
  }
  const service = context.get("SERVICE", serviceName);
  const found = findEndpoint(service, endpoint);
  if (found === undefined) throw doesNotExist("Endpoint", endpoint);
  if (found.protocol === "TCP") {
    throw serviceError(`Endpoint '${endpoint}' has protocol TCP: service functions need HTTP.`);
  }
  if (!context.access.mayUseEndpoint(context.actor, service, endpoint)) {
    throw doesNotExist("Endpoint", endpoint);
  }
  return { service: fullName(service), endpoint };
}

function findEndpoint(service: ServiceObject, name: string) {
  return service.specification.spec.endpoints?.find((endpoint) => endpoint.name === name);
}

function readType(cursor: StatementCursor): string {
  const token = cursor.peek();
  const written = cursor.word();
  const type = typeAliases[written] ?? written;
  if (!knownTypes.has(type)) throw cursor.fail(token);
  if (cursor.peek()?.text === "(") readList(cursor, () => cursor.integer());
  return type;
}

function signature(name: string, types: readonly string[]): string {
  return `${name}(${types.join(", ")})`;
}
