import { type Deployment, inSchema, resourceId, schemaName } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";
import { functionEndpoint } from "./server-specification.ts";

/** A function of SQL that the server answers. */
export interface ServiceFunction {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly returns: string;
  /** Where the endpoint takes its calls. */
  readonly path: string;
}

/** How many rows one call brings at most: a batch is answered in well under its time limit. */
const maxBatchRows = 100;

/** The functions of a deployment of Redkite. */
export const serviceFunctions: readonly ServiceFunction[] = [
  {
    name: "REDKITE_SEARCH",
    parameters: [
      { name: "COLLECTION", type: "VARCHAR" },
      { name: "V", type: "ARRAY" },
      { name: "K", type: "NUMBER" },
    ],
    returns: "VARIANT",
    path: "/sf/search",
  },
  {
    name: "REDKITE_SEARCH_TEXT",
    parameters: [
      { name: "COLLECTION", type: "VARCHAR" },
      { name: "TEXT", type: "VARCHAR" },
      { name: "K", type: "NUMBER" },
    ],
    returns: "VARIANT",
    path: "/sf/search-text",
  },
  {
    name: "REDKITE_INSERT",
    parameters: [
      { name: "COLLECTION", type: "VARCHAR" },
      { name: "DATA", type: "VARIANT" },
    ],
    returns: "VARIANT",
    path: "/sf/insert",
  },
  {
    name: "REDKITE_EMBED",
    parameters: [{ name: "TEXT", type: "VARCHAR" }],
    returns: "ARRAY",
    path: "/sf/embed",
  },
];

/** A function's name with the types that tell it from its namesakes, as SQL. */
export function functionSignature(deployment: Deployment, of: ServiceFunction): string {
  return `${inSchema(deployment, of.name)}(${of.parameters.map(({ type }) => type).join(", ")})`;
}

/** A function that reaches the server from a worksheet. */
export function serviceFunction(deployment: Deployment, of: ServiceFunction): Resource {
  const { config } = deployment;
  const { ownerRole, service } = config.names;
  const signature = functionSignature(deployment, of);
  const marker = markerOf(config.name, { ...of, service, maxBatchRows });
  const comment = commentClause(marker);
  const definition = [
    `FUNCTION ${inSchema(deployment, of.name)}`,
    `(${of.parameters.map(({ name, type }) => `${name} ${type}`).join(", ")})`,
    `RETURNS ${of.returns} SERVICE = ${inSchema(deployment, service)}`,
    `ENDPOINT = ${functionEndpoint} ${comment} MAX_BATCH_ROWS = ${maxBatchRows} AS '${of.path}'`,
  ].join(" ");
  return {
    id: resourceId("function", signature),
    kind: "function",
    name: signature,
    dependsOn: [resourceId("service", inSchema(deployment, service))],
    atEnd: "removed",
    async observe(context) {
      const show = `SHOW USER FUNCTIONS LIKE ${likePattern(of.name)} IN SCHEMA ${schemaName(deployment)}`;
      const rows = await look(context, await context.schemaReader(), show);
      const types = of.parameters.map(({ type }) => type).join(",");
      const same = rows.filter((row) => argumentTypes(row["arguments"]) === types);
      const row = named(same, of.name);
      const replace = run(ownerRole, `CREATE OR REPLACE ${definition}`);
      return observeMarked(
        row,
        {
          marker,
          create: [run(ownerRole, `CREATE ${definition}`)],
          unshown: { field: "definition", steps: [] },
          mark: replace,
          remove: [run(ownerRole, `DROP FUNCTION IF EXISTS ${signature}`)],
        },
        row?.["description"],
      );
    },
  };
}

/** `VARCHAR,ARRAY` of `REDKITE_SEARCH(VARCHAR, ARRAY) RETURN VARIANT`. */
function argumentTypes(shown: string | null | undefined): string {
  const inside = /\(([^)]*)\)/.exec(shown ?? "")?.[1] ?? "";
  return inside.replaceAll(/\s/g, "");
}
