import { ownName } from "../account-objects.ts";
import { altered, readAlteration } from "../alteration.ts";
import {
  commentColumn,
  createdOnColumn,
  databaseColumn,
  nameColumn,
  numberColumn,
  ownerColumn,
  ownerRoleTypeColumn,
  textColumn,
} from "../columns.ts";
import type { ObjectKind } from "../object-kind.ts";
import { integerProperty, readProperties, textProperty } from "../properties.ts";
import type { SchemaObject } from "../state.ts";

const shape = { DATA_RETENTION_TIME_IN_DAYS: integerProperty(0, 90), COMMENT: textProperty };

/** Schemas. A new one becomes the session's. INFORMATION_SCHEMA is not simulated. */
export const schemaKind: ObjectKind<"SCHEMA"> = {
  type: "SCHEMA",
  words: ["TRANSIENT SCHEMA", "SCHEMA"],
  plural: ["SCHEMAS"],
  createPrivilege: "CREATE SCHEMA",
  canReplace: true,
  readCreate(cursor, words) {
    const hasManagedAccess = cursor.accept("WITH MANAGED ACCESS");
    const properties = readProperties(cursor, shape);
    return (base) => ({
      ...base,
      type: "SCHEMA",
      comment: properties.COMMENT ?? "",
      retentionDays: properties.DATA_RETENTION_TIME_IN_DAYS ?? 1,
      isTransient: words === "TRANSIENT SCHEMA",
      hasManagedAccess,
    });
  },
  created(schema, { session }) {
    session.database = schema.name[0] ?? null;
    session.schema = ownName(schema);
  },
  readAlter(cursor) {
    const alteration = readAlteration(cursor, shape);
    return (schema, context) => {
      context.require("OWNERSHIP", schema);
      schema.comment = altered(alteration, "COMMENT", { was: schema.comment, initial: "" });
      schema.retentionDays = altered(alteration, "DATA_RETENTION_TIME_IN_DAYS", {
        was: schema.retentionDays,
        initial: 1,
      });
      return undefined;
    };
  },
  columns: [
    createdOnColumn,
    nameColumn,
    textColumn("is_default", () => "N"),
    textColumn("is_current", (schema, { session }) =>
      session.database === schema.name[0] && session.schema === ownName(schema) ? "Y" : "N",
    ),
    databaseColumn,
    ownerColumn,
    commentColumn,
    textColumn("options", optionsOf),
    numberColumn("retention_time", ({ retentionDays }) => retentionDays),
    ownerRoleTypeColumn,
  ],
};

function optionsOf({ isTransient, hasManagedAccess }: SchemaObject): string {
  const options = [isTransient ? "TRANSIENT" : "", hasManagedAccess ? "MANAGED ACCESS" : ""];
  return options.filter((option) => option !== "").join(", ");
}
