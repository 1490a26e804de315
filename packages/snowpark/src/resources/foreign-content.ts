import { SnowparkError } from "../base/snowpark-error.ts";
import type { SqlRow } from "../session/snow-session.ts";
import { accountReader, type Deployment } from "./deployment.ts";
import { look } from "./look.ts";
import { readMarker } from "./marker.ts";
import type { ResourceContext } from "./resource.ts";
import { isSnapshotOfService } from "./snapshot.ts";

/**
 * The kinds of objects that a database or a schema can hold and that are asked for before it goes. `OBJECTS` are tables
 * and views of every kind.
 */
const kinds = [
  "OBJECTS",
  "STAGES",
  "SECRETS",
  "IMAGE REPOSITORIES",
  "NETWORK RULES",
  "SERVICES",
  "SNAPSHOTS",
  "USER FUNCTIONS",
  "PROCEDURES",
  "SEQUENCES",
  "FILE FORMATS",
  "STREAMS",
  "TASKS",
  "PIPES",
  "ALERTS",
  "NOTEBOOKS",
  "STREAMLITS",
  "MODELS",
  "GIT REPOSITORIES",
] as const;

/** Snowflake's number for a statement that it can't read. */
const syntaxError = "001003";

/** Schemas that nobody made. */
const builtIn = new Set(["INFORMATION_SCHEMA", "PUBLIC"]);

/** What others made in a database or a schema (`DATABASE X`, `SCHEMA X.Y`), each as a person would name it. */
export async function foreignContent(
  deployment: Deployment,
  context: ResourceContext,
  place: `DATABASE ${string}` | `SCHEMA ${string}`,
): Promise<readonly string[]> {
  const reader = accountReader(deployment);
  const found: string[] = [];
  for (const kind of kinds) {
    const rows = await lookFor(context, { reader, sql: `SHOW ${kind} IN ${place}` });
    found.push(...rows.filter(isForeign).map((row) => describe(kind, row)));
  }
  if (place.startsWith("DATABASE")) {
    const rows = await look(context, reader, `SHOW SCHEMAS IN ${place}`);
    const foreign = rows.filter((row) => isForeign(row) && !builtIn.has(row["name"] ?? ""));
    found.push(...foreign.map((row) => describe("SCHEMAS", row)));
  }
  return found;

  function isForeign(row: SqlRow): boolean {
    const comment = row["comment"] ?? row["description"];
    const isOurs = readMarker(comment)?.deployment === deployment.config.name;
    const isBuiltIn = row["schema_name"] === "INFORMATION_SCHEMA" || row["is_builtin"] === "Y";
    return !isOurs && !isBuiltIn && !isSnapshotOfService(deployment, row);
  }
}

/** What an account can't name it can't hold: regions get new kinds one after the other. */
async function lookFor(
  context: ResourceContext,
  { reader, sql }: { readonly reader: string; readonly sql: string },
): Promise<readonly SqlRow[]> {
  try {
    return await look(context, reader, sql);
  } catch (error) {
    if (error instanceof SnowparkError && error.details.snowflakeCode === syntaxError) return [];
    throw error;
  }
}

function describe(kind: string, row: SqlRow): string {
  const singular = kind.replace(/IES$/, "Y").replace(/S$/, "").toLowerCase();
  const schema = row["schema_name"];
  const name = schema === null || schema === undefined ? row["name"] : `${schema}.${row["name"]}`;
  return `${singular} ${name}`;
}
