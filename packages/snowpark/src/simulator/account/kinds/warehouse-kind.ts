import { ownName } from "../account-objects.ts";
import { readAlteration } from "../alteration.ts";
import {
  booleanColumn,
  commentColumn,
  createdOnColumn,
  nameColumn,
  numberColumn,
  ownerColumn,
  ownerRoleTypeColumn,
  textColumn,
} from "../columns.ts";
import type { Change, ObjectKind } from "../object-kind.ts";
import {
  booleanProperty,
  choiceProperty,
  integerProperty,
  type PropertiesOf,
  readProperties,
  textProperty,
} from "../properties.ts";
import type { WarehouseObject } from "../state.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { notPossible } from "../statement-error.ts";

const sizes: Readonly<Record<string, string>> = {
  XSMALL: "X-Small",
  "X-SMALL": "X-Small",
  SMALL: "Small",
  MEDIUM: "Medium",
  LARGE: "Large",
  XLARGE: "X-Large",
  "X-LARGE": "X-Large",
};

const shape = {
  WAREHOUSE_SIZE: choiceProperty(...Object.keys(sizes)),
  WAREHOUSE_TYPE: choiceProperty("STANDARD"),
  AUTO_SUSPEND: integerProperty(0, 2 ** 31 - 1),
  AUTO_RESUME: booleanProperty,
  MIN_CLUSTER_COUNT: integerProperty(1, 10),
  MAX_CLUSTER_COUNT: integerProperty(1, 10),
  STATEMENT_TIMEOUT_IN_SECONDS: integerProperty(0, 604_800),
  COMMENT: textProperty,
};
const createShape = { ...shape, INITIALLY_SUSPENDED: booleanProperty };

const defaultAutoSuspendSecs = 600;

/** Warehouses. Nothing runs on them here: they are there to be owned, used and suspended. */
export const warehouseKind: ObjectKind<"WAREHOUSE"> = {
  type: "WAREHOUSE",
  words: ["WAREHOUSE"],
  plural: ["WAREHOUSES"],
  createPrivilege: "CREATE WAREHOUSE",
  canReplace: true,
  readCreate(cursor) {
    cursor.accept("WITH");
    const properties = readProperties(cursor, createShape);
    return (base) => {
      const warehouse: WarehouseObject = {
        ...base,
        type: "WAREHOUSE",
        comment: "",
        size: "X-Small",
        isSuspended: properties.INITIALLY_SUSPENDED ?? false,
        autoSuspend: defaultAutoSuspendSecs,
        autoResume: true,
        properties: {},
      };
      setProperties(warehouse, properties);
      return warehouse;
    };
  },
  created(warehouse, { session }) {
    session.warehouse = ownName(warehouse);
  },
  readAlter(cursor) {
    const suspension = readSuspension(cursor);
    if (suspension !== undefined) return suspension;
    const { set, unset } = readAlteration(cursor, shape);
    return (warehouse, context) => {
      context.require("MODIFY", warehouse);
      for (const name of unset) unsetProperty(warehouse, name);
      setProperties(warehouse, set);
      return undefined;
    };
  },
  columns: [
    nameColumn,
    textColumn("state", (warehouse) => (warehouse.isSuspended ? "SUSPENDED" : "STARTED")),
    textColumn("type", () => "STANDARD"),
    textColumn("size", (warehouse) => warehouse.size),
    numberColumn("min_cluster_count", (one) => Number(one.properties["MIN_CLUSTER_COUNT"] ?? 1)),
    numberColumn("max_cluster_count", (one) => Number(one.properties["MAX_CLUSTER_COUNT"] ?? 1)),
    textColumn("is_current", (warehouse, { session }) =>
      session.warehouse === ownName(warehouse) ? "Y" : "N",
    ),
    numberColumn("auto_suspend", (warehouse) => warehouse.autoSuspend),
    booleanColumn("auto_resume", (warehouse) => warehouse.autoResume),
    createdOnColumn,
    ownerColumn,
    commentColumn,
    ownerRoleTypeColumn,
  ],
};

function readSuspension(cursor: StatementCursor): Change<"WAREHOUSE"> | undefined {
  const verb = cursor.acceptOneOf(["SUSPEND", "RESUME"]);
  if (verb === undefined) return undefined;
  const isConditional = cursor.accept("IF SUSPENDED");
  cursor.expectEnd();
  return (warehouse, context) => {
    context.require("OPERATE", warehouse);
    const isSuspended = verb === "SUSPEND";
    if (warehouse.isSuspended === isSuspended && !isConditional) {
      const state = isSuspended ? "suspended" : "running";
      throw notPossible(`Invalid state. Warehouse '${ownName(warehouse)}' is already ${state}.`);
    }
    warehouse.isSuspended = isSuspended;
    return undefined;
  };
}

function setProperties(warehouse: WarehouseObject, properties: PropertiesOf<typeof shape>): void {
  warehouse.size = sizes[properties.WAREHOUSE_SIZE ?? ""] ?? warehouse.size;
  warehouse.autoSuspend = properties.AUTO_SUSPEND ?? warehouse.autoSuspend;
  warehouse.autoResume = properties.AUTO_RESUME ?? warehouse.autoResume;
  warehouse.comment = properties.COMMENT ?? warehouse.comment;
  const kept = ["MIN_CLUSTER_COUNT", "MAX_CLUSTER_COUNT", "STATEMENT_TIMEOUT_IN_SECONDS"] as const;
  for (const name of kept) {
    const value = properties[name];
    if (value !== undefined) warehouse.properties[name] = value;
  }
}

function unsetProperty(warehouse: WarehouseObject, name: keyof typeof shape): void {
  delete warehouse.properties[name];
  if (name === "COMMENT") warehouse.comment = "";
  if (name === "WAREHOUSE_SIZE") warehouse.size = "X-Small";
  if (name === "AUTO_SUSPEND") warehouse.autoSuspend = defaultAutoSuspendSecs;
  if (name === "AUTO_RESUME") warehouse.autoResume = true;
}
