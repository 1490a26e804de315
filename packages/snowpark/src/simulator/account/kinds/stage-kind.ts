import { readAlteration } from "../alteration.ts";
import {
  commentColumn,
  createdOnColumn,
  databaseColumn,
  nameColumn,
  ownerColumn,
  ownerRoleTypeColumn,
  schemaColumn,
  textColumn,
} from "../columns.ts";
import type { ObjectKind } from "../object-kind.ts";
import {
  booleanProperty,
  choiceProperty,
  groupProperty,
  readProperties,
  textProperty,
} from "../properties.ts";

const directory = groupProperty({ ENABLE: booleanProperty, REFRESH_ON_CREATE: booleanProperty });
const shape = { DIRECTORY: directory, COMMENT: textProperty };
const createShape = {
  ...shape,
  ENCRYPTION: groupProperty({ TYPE: choiceProperty("SNOWFLAKE_SSE", "SNOWFLAKE_FULL") }),
};

/** Internal stages. External ones (URL, STORAGE_INTEGRATION) are not simulated. */
export const stageKind: ObjectKind<"STAGE"> = {
  type: "STAGE",
  words: ["STAGE"],
  plural: ["STAGES"],
  createPrivilege: "CREATE STAGE",
  canReplace: true,
  readCreate(cursor) {
    const properties = readProperties(cursor, createShape);
    return (base) => ({
      ...base,
      type: "STAGE",
      comment: properties.COMMENT ?? "",
      encryption: properties.ENCRYPTION?.TYPE ?? "SNOWFLAKE_FULL",
      hasDirectory: properties.DIRECTORY?.ENABLE ?? false,
    });
  },
  readAlter(cursor) {
    if (cursor.accept("REFRESH")) {
      cursor.expectEnd();
      return (stage, context) => {
        context.require("WRITE", stage);
        return undefined;
      };
    }
    const { set, unset } = readAlteration(cursor, shape);
    return (stage, context) => {
      context.require("OWNERSHIP", stage);
      if (unset.includes("COMMENT")) stage.comment = "";
      if (unset.includes("DIRECTORY")) stage.hasDirectory = false;
      stage.comment = set.COMMENT ?? stage.comment;
      stage.hasDirectory = set.DIRECTORY?.ENABLE ?? stage.hasDirectory;
      return undefined;
    };
  },
  columns: [
    createdOnColumn,
    nameColumn,
    databaseColumn,
    schemaColumn,
    textColumn("url", () => ""),
    textColumn("has_credentials", () => "N"),
    textColumn("has_encryption_key", () => "N"),
    ownerColumn,
    commentColumn,
    textColumn("region", () => null),
    textColumn("type", () => "INTERNAL"),
    textColumn("cloud", () => null),
    textColumn("storage_integration", () => null),
    textColumn("endpoint", () => null),
    ownerRoleTypeColumn,
    textColumn("directory_enabled", ({ hasDirectory }) => (hasDirectory ? "Y" : "N")),
  ],
};
