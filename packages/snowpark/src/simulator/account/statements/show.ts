import { instanceFamilies } from "../instance-families.ts";
import { listTokens } from "../kinds/access-tokens.ts";
import { listImages } from "../kinds/image-repository-kind.ts";
import type { ObjectKind } from "../object-kind.ts";
import { acceptPlural } from "../object-kinds.ts";
import type { AccountObject, ObjectOf, ObjectType } from "../state.ts";
import type { Statement } from "../statement.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { queryResult, type RowsOutcome } from "../statement-result.ts";
import { readShowServiceParts } from "./service-views.ts";
import { applyShowFilter, likePattern, readShowFilter } from "./show-filter.ts";
import { readShowGrants } from "./show-grants.ts";
import { readShowParameters } from "./show-parameters.ts";

/** `SHOW …`. */
export function readShow(cursor: StatementCursor): Statement {
  const special = readSpecial(cursor) ?? readShowServiceParts(cursor);
  if (special !== undefined) return special;
  cursor.accept("TERSE");
  const statement = acceptPlural(cursor, (kind, words) => readKind(cursor, kind, words));
  if (statement === undefined) throw cursor.fail();
  return statement;
}

function readSpecial(cursor: StatementCursor): Statement | undefined {
  if (cursor.accept("GRANTS")) return readShowGrants(cursor);
  if (cursor.accept("PARAMETERS")) return readShowParameters(cursor);
  if (cursor.accept("COMPUTE POOL INSTANCE FAMILIES")) return readFamilies(cursor);
  if (cursor.accept("IMAGES IN IMAGE REPOSITORY")) {
    const name = cursor.name();
    cursor.expectEnd();
    return (context) => listImages(context.get("IMAGE REPOSITORY", name), context);
  }
  if (notHeld.some((words) => cursor.accept(words))) return readNone(cursor);
  if (cursor.accept("USER PROGRAMMATIC ACCESS TOKENS") || cursor.accept("USER PATS")) {
    const user = cursor.accept("FOR USER") ? cursor.identifier() : undefined;
    cursor.expectEnd();
    return (context) => listTokens(context.get("USER", [user ?? context.session.user]), context);
  }
  return undefined;
}

/** Of these a simulated account has none. `OBJECTS` are tables and views. */
const notHeld = [
  "OBJECTS",
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

function readNone(cursor: StatementCursor): Statement {
  const filter = readShowFilter(cursor);
  cursor.expectEnd();
  const names = ["name", "database_name", "schema_name", "kind", "comment", "owner"];
  return (context) => {
    applyShowFilter([], filter, context);
    return queryResult(
      names.map((name) => ({ name, type: "text" })),
      [],
    );
  };
}

function readFamilies(cursor: StatementCursor): Statement {
  const like = cursor.accept("LIKE") ? likePattern(cursor.text()) : undefined;
  cursor.expectEnd();
  return () => listFamilies(like);
}

function listFamilies(like: RegExp | undefined): RowsOutcome {
  const text = ["name", "description", "vcpu", "memory_gib", "storage_gib", "gpu", "gpu_count"];
  const names = [...text, "gpu_memory_gib", "current_node_usage", "message"];
  return queryResult(
    names.map((name) => ({ name, type: "text" })),
    instanceFamilies
      .filter(({ name }) => like?.test(name) ?? true)
      .map((family) => [
        family.name,
        `${family.vcpu} vCPU, ${family.memoryGib} GiB`,
        String(family.vcpu),
        String(family.memoryGib),
        String(family.storageGib),
        family.gpu,
        String(family.gpuCount),
        family.gpuMemoryGib?.toString() ?? null,
        "0",
        null,
      ]),
  );
}

function readKind<T extends ObjectType>(
  cursor: StatementCursor,
  kind: ObjectKind<T>,
  words: string,
): Statement {
  const excludesJobs = kind.type === "SERVICE" && cursor.accept("EXCLUDE JOBS");
  const filter = readShowFilter(cursor);
  cursor.expectEnd();
  return (context) => {
    const seen = context.objects
      .all(kind.type)
      .filter((object) => context.access.sees(context.actor, object))
      .filter((object) => isWanted(object, words, excludesJobs));
    return listObjects(kind, applyShowFilter(seen, filter, context), context);
  };
}

/** Some words stand for a part of their kind only. */
function isWanted(object: AccountObject, words: string, excludesJobs: boolean): boolean {
  if (object.type === "SERVICE") {
    return object.isJob ? !excludesJobs : words !== "JOB SERVICES";
  }
  if (object.type === "INTEGRATION") {
    if (words === "SECURITY INTEGRATIONS") return object.category === "SECURITY";
    if (words === "EXTERNAL ACCESS INTEGRATIONS") return object.category === "EXTERNAL_ACCESS";
  }
  return true;
}

function listObjects<T extends ObjectType>(
  kind: ObjectKind<T>,
  objects: readonly ObjectOf<T>[],
  context: StatementContext,
): RowsOutcome {
  return queryResult(
    kind.columns.map(({ name, type }) => ({ name, type })),
    objects.map((object) => kind.columns.map((column) => column.of(object, context))),
  );
}
