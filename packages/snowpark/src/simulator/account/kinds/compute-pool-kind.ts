import { ownName } from "../account-objects.ts";
import { altered, readAlteration } from "../alteration.ts";
import {
  booleanColumn,
  commentColumn,
  createdOnColumn,
  nameColumn,
  numberColumn,
  ownerColumn,
  textColumn,
  timeColumn,
} from "../columns.ts";
import { findInstanceFamily } from "../instance-families.ts";
import type { Change, Create, ObjectKind } from "../object-kind.ts";
import {
  isPoolBusy,
  resumePool,
  servicesOn,
  stopServicesOn,
  suspendPool,
} from "../pool-machine.ts";
import {
  booleanProperty,
  identifierProperty,
  integerProperty,
  readProperties,
  textProperty,
} from "../properties.ts";
import type { ComputePoolObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import {
  invalidCombination,
  missingOptions,
  notPossible,
  StatementError,
} from "../statement-error.ts";
import { type RowsOutcome, statusResult } from "../statement-result.ts";

const nodesMax = 50;
const defaultAutoSuspendSecs = 3600;

const shape = {
  MIN_NODES: integerProperty(1, nodesMax),
  MAX_NODES: integerProperty(1, nodesMax),
  AUTO_RESUME: booleanProperty,
  AUTO_SUSPEND_SECS: integerProperty(0, 2 ** 31 - 1),
  COMMENT: textProperty,
};
const createShape = {
  ...shape,
  INSTANCE_FAMILY: identifierProperty,
  INITIALLY_SUSPENDED: booleanProperty,
};

/** Compute pools. */
export const computePoolKind: ObjectKind<"COMPUTE POOL"> = {
  type: "COMPUTE POOL",
  words: ["COMPUTE POOL"],
  plural: ["COMPUTE POOLS"],
  createPrivilege: "CREATE COMPUTE POOL",
  canReplace: false,
  readCreate,
  readAlter(cursor) {
    const change = readStateChange(cursor);
    if (change !== undefined) return change;
    const alteration = readAlteration(cursor, shape);
    return (pool, context) => {
      context.require("MODIFY", pool);
      const minNodes = altered(alteration, "MIN_NODES", { was: pool.minNodes, initial: 1 });
      const maxNodes = altered(alteration, "MAX_NODES", { was: pool.maxNodes, initial: minNodes });
      checkNodes(minNodes, maxNodes);
      pool.minNodes = minNodes;
      pool.maxNodes = maxNodes;
      pool.autoResume = altered(alteration, "AUTO_RESUME", { was: pool.autoResume, initial: true });
      pool.autoSuspendSecs = altered(alteration, "AUTO_SUSPEND_SECS", {
        was: pool.autoSuspendSecs,
        initial: defaultAutoSuspendSecs,
      });
      pool.comment = altered(alteration, "COMMENT", { was: pool.comment, initial: "" });
      pool.updatedOn = context.now;
      return undefined;
    };
  },
  readDrop: () => async (pool, context) => {
    context.require("OWNERSHIP", pool);
    if (servicesOn(context.objects, pool).length > 0) {
      throw notPossible(
        `Compute pool '${ownName(pool)}' cannot be dropped because it has services or jobs on it. Drop them or run ALTER COMPUTE POOL ${ownName(pool)} STOP ALL first.`,
      );
    }
    return "remove";
  },
  columns: [
    nameColumn,
    textColumn("state", shownState),
    numberColumn("min_nodes", ({ minNodes }) => minNodes),
    numberColumn("max_nodes", ({ maxNodes }) => maxNodes),
    textColumn("instance_family", ({ instanceFamily }) => instanceFamily),
    numberColumn("num_services", (pool, { objects }) => count(pool, objects, false)),
    numberColumn("num_jobs", (pool, { objects }) => count(pool, objects, true)),
    numberColumn("auto_suspend_secs", ({ autoSuspendSecs }) => autoSuspendSecs),
    booleanColumn("auto_resume", ({ autoResume }) => autoResume),
    numberColumn("active_nodes", (pool, context) =>
      shownState(pool, context) === "ACTIVE" ? pool.minNodes : 0,
    ),
    numberColumn("idle_nodes", (pool, context) =>
      shownState(pool, context) === "IDLE" ? pool.minNodes : 0,
    ),
    numberColumn("target_nodes", ({ state, minNodes }) =>
      state === "SUSPENDED" || state === "STOPPING" ? 0 : minNodes,
    ),
    createdOnColumn,
    timeColumn("resumed_on", ({ resumedOn }) => resumedOn),
    timeColumn("updated_on", ({ updatedOn }) => updatedOn),
    ownerColumn,
    commentColumn,
    booleanColumn("is_exclusive", () => false),
    textColumn("application", () => null),
    textColumn("budget", () => null),
    textColumn("error_code", ({ errorCode }) => errorCode ?? ""),
    textColumn("status_message", (pool, context) => pool.statusMessage ?? usual(pool, context)),
    textColumn("backup_instance_families", () => ""),
  ],
};

function readCreate(cursor: StatementCursor): Create<"COMPUTE POOL"> {
  const properties = readProperties(cursor, createShape);
  return (base, context) => {
    const { MIN_NODES: minNodes, MAX_NODES: maxNodes, INSTANCE_FAMILY: family } = properties;
    checkName(base.name[0] ?? "");
    if (minNodes === undefined || maxNodes === undefined || family === undefined) {
      const required = ["MIN_NODES", "MAX_NODES", "INSTANCE_FAMILY"] as const;
      throw missingOptions(required.filter((name) => properties[name] === undefined));
    }
    checkNodes(minNodes, maxNodes);
    if (findInstanceFamily(family) === undefined) {
      throw new StatementError(
        "392512",
        "22023",
        `Invalid instance family ${family}. Please refer to Snowflake documentation for supported instance families.`,
      );
    }
    const isSuspended = properties.INITIALLY_SUSPENDED ?? false;
    return {
      ...base,
      type: "COMPUTE POOL",
      comment: properties.COMMENT ?? "",
      state: isSuspended ? "SUSPENDED" : "STARTING",
      since: context.now,
      busyOn: context.now,
      minNodes,
      maxNodes,
      instanceFamily: family,
      autoResume: properties.AUTO_RESUME ?? true,
      autoSuspendSecs: properties.AUTO_SUSPEND_SECS ?? defaultAutoSuspendSecs,
      resumedOn: isSuspended ? null : context.now,
      updatedOn: context.now,
      errorCode: null,
      statusMessage: null,
    };
  };
}

function checkName(name: string): void {
  if (/^[A-Z_][A-Z0-9_$]*$/.test(name)) return;
  throw new StatementError(
    "392506",
    "22023",
    `Invalid compute pool name: '${name}'. Name must be uppercase.`,
  );
}

function checkNodes(minNodes: number, maxNodes: number): void {
  if (minNodes > maxNodes)
    throw invalidCombination(["MIN_NODES", minNodes], ["MAX_NODES", maxNodes]);
}

function readStateChange(cursor: StatementCursor): Change<"COMPUTE POOL"> | undefined {
  const verb = cursor.acceptOneOf(["SUSPEND", "RESUME", "STOP ALL"]);
  if (verb === undefined) return undefined;
  cursor.expectEnd();
  return (pool, context) => changeState(verb, pool, context);
}

async function changeState(
  verb: "SUSPEND" | "RESUME" | "STOP ALL",
  pool: ComputePoolObject,
  context: StatementContext,
): Promise<RowsOutcome | undefined> {
  context.require("OPERATE", pool);
  if (verb === "STOP ALL") await stopServicesOn(pool, context);
  else if (verb === "SUSPEND") suspendPool(pool, context);
  else resumePool(pool, context.now);
  return statusResult("Statement executed successfully.");
}

function shownState(pool: ComputePoolObject, { objects }: StatementContext): string {
  return pool.state === "IDLE" && isPoolBusy(objects, pool) ? "ACTIVE" : pool.state;
}

function usual(pool: ComputePoolObject, context: StatementContext): string {
  const messages: Readonly<Record<string, string>> = {
    STARTING: `Compute pool is starting for last ${Math.floor((context.now - pool.since) / 60_000)} minutes`,
    IDLE: "Compute pool is idle",
    ACTIVE: "Compute pool is active",
    STOPPING: "Compute pool is stopping",
    SUSPENDED: "Compute pool is suspended",
  };
  return messages[shownState(pool, context)] ?? "";
}

function count(
  pool: ComputePoolObject,
  objects: StatementContext["objects"],
  isJob: boolean,
): number {
  return servicesOn(objects, pool).filter((service) => service.isJob === isJob).length;
}
