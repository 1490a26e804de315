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
import { choiceProperty, readProperties, textProperty } from "../properties.ts";
import { invalidProperty, missingOptions } from "../statement-error.ts";

const shape = {
  SECRET_STRING: textProperty,
  USERNAME: textProperty,
  PASSWORD: textProperty,
  COMMENT: textProperty,
};
const createShape = { ...shape, TYPE: choiceProperty("GENERIC_STRING", "PASSWORD") };

/** Secrets of the types GENERIC_STRING and PASSWORD. No statement shows what they hold. */
export const secretKind: ObjectKind<"SECRET"> = {
  type: "SECRET",
  words: ["SECRET"],
  plural: ["SECRETS"],
  createPrivilege: "CREATE SECRET",
  canReplace: true,
  readCreate(cursor) {
    const properties = readProperties(cursor, createShape);
    return (base) => {
      const { TYPE: secretType, USERNAME: username, PASSWORD: password } = properties;
      const text = secretType === "PASSWORD" ? password : properties.SECRET_STRING;
      const missing = [
        ...(secretType === undefined ? ["TYPE"] : []),
        ...(text === undefined ? [secretType === "PASSWORD" ? "PASSWORD" : "SECRET_STRING"] : []),
        ...(secretType === "PASSWORD" && username === undefined ? ["USERNAME"] : []),
      ];
      if (secretType === undefined || text === undefined || missing.length > 0) {
        throw missingOptions(missing);
      }
      return {
        ...base,
        type: "SECRET",
        comment: properties.COMMENT ?? "",
        secretType,
        secretString: text,
        username: username ?? "",
      };
    };
  },
  readAlter(cursor) {
    const { set } = readAlteration(cursor, shape);
    return (secret, context) => {
      context.require("OWNERSHIP", secret);
      const isPassword = secret.secretType === "PASSWORD";
      const wrong = isPassword ? ["SECRET_STRING"] : ["PASSWORD", "USERNAME"];
      for (const name of wrong) if (Object.hasOwn(set, name)) throw invalidProperty(name);
      secret.secretString = (isPassword ? set.PASSWORD : set.SECRET_STRING) ?? secret.secretString;
      secret.username = set.USERNAME ?? secret.username;
      secret.comment = set.COMMENT ?? secret.comment;
      return undefined;
    };
  },
  columns: [
    createdOnColumn,
    nameColumn,
    schemaColumn,
    databaseColumn,
    ownerColumn,
    commentColumn,
    textColumn("secret_type", ({ secretType }) => secretType),
    textColumn("oauth_scopes", () => null),
    ownerRoleTypeColumn,
  ],
};
