import { ownName } from "../account-objects.ts";
import { altered, readAlteration } from "../alteration.ts";
import {
  commentColumn,
  createdOnColumn,
  nameColumn,
  numberColumn,
  ownerColumn,
  ownerRoleTypeColumn,
  textColumn,
} from "../columns.ts";
import type { ObjectKind } from "../object-kind.ts";
import { integerProperty, readProperties, textProperty } from "../properties.ts";

const shape = { DATA_RETENTION_TIME_IN_DAYS: integerProperty(0, 90), COMMENT: textProperty };

/** Databases. A new one has the schema PUBLIC and becomes the session's. */
export const databaseKind: ObjectKind<"DATABASE"> = {
  type: "DATABASE",
  words: ["TRANSIENT DATABASE", "DATABASE"],
  plural: ["DATABASES"],
  createPrivilege: "CREATE DATABASE",
  canReplace: true,
  readCreate(cursor, words) {
    const properties = readProperties(cursor, shape);
    return (base) => ({
      ...base,
      type: "DATABASE",
      comment: properties.COMMENT ?? "",
      retentionDays: properties.DATA_RETENTION_TIME_IN_DAYS ?? 1,
      isTransient: words === "TRANSIENT DATABASE",
    });
  },
  created(database, { objects, session }) {
    objects.add({
      id: objects.takeId(),
      name: [ownName(database), "PUBLIC"],
      owner: database.owner,
      createdOn: database.createdOn,
      comment: "",
      type: "SCHEMA",
      retentionDays: database.retentionDays,
      isTransient: database.isTransient,
      hasManagedAccess: false,
    });
    session.database = ownName(database);
    session.schema = "PUBLIC";
  },
  readAlter(cursor) {
    const alteration = readAlteration(cursor, shape);
    return (database, context) => {
      context.require("OWNERSHIP", database);
      database.comment = altered(alteration, "COMMENT", { was: database.comment, initial: "" });
      database.retentionDays = altered(alteration, "DATA_RETENTION_TIME_IN_DAYS", {
        was: database.retentionDays,
        initial: 1,
      });
      return undefined;
    };
  },
  columns: [
    createdOnColumn,
    nameColumn,
    textColumn("is_default", () => "N"),
    textColumn("is_current", (database, { session }) =>
      session.database === ownName(database) ? "Y" : "N",
    ),
    textColumn("origin", () => ""),
    ownerColumn,
    commentColumn,
    textColumn("options", ({ isTransient }) => (isTransient ? "TRANSIENT" : "")),
    numberColumn("retention_time", ({ retentionDays }) => retentionDays),
    textColumn("kind", () => "STANDARD"),
    ownerRoleTypeColumn,
  ],
};
