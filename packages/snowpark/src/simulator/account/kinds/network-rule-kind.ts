import { fullName } from "../account-objects.ts";
import { readAlteration } from "../alteration.ts";
import {
  commentColumn,
  createdOnColumn,
  databaseColumn,
  nameColumn,
  numberColumn,
  ownerColumn,
  ownerRoleTypeColumn,
  schemaColumn,
  textColumn,
} from "../columns.ts";
import type { ObjectKind } from "../object-kind.ts";
import { choiceProperty, readProperties, textListProperty, textProperty } from "../properties.ts";
import { invalidValue, missingOptions, notPossible } from "../statement-error.ts";
import { queryResult, timestampCell } from "../statement-result.ts";

const shape = { VALUE_LIST: textListProperty, COMMENT: textProperty };
const createShape = {
  ...shape,
  TYPE: choiceProperty("HOST_PORT"),
  MODE: choiceProperty("EGRESS"),
};

/** A host name, a wildcard or 0.0.0.0, with an optional port. */
const hostPort = /^(?:\*\.)?[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?(?::\d{1,5})?$/;

/** Network rules for egress to hosts; other types are not simulated. */
export const networkRuleKind: ObjectKind<"NETWORK RULE"> = {
  type: "NETWORK RULE",
  words: ["NETWORK RULE"],
  plural: ["NETWORK RULES"],
  createPrivilege: "CREATE NETWORK RULE",
  canReplace: true,
  readCreate(cursor) {
    const properties = readProperties(cursor, createShape);
    return (base) => {
      const { TYPE: ruleType, MODE: mode, VALUE_LIST: values } = properties;
      if (ruleType === undefined || mode === undefined || values === undefined) {
        throw missingOptions(
          (["TYPE", "MODE", "VALUE_LIST"] as const).filter(
            (name) => properties[name] === undefined,
          ),
        );
      }
      checkHosts(values);
      return {
        ...base,
        type: "NETWORK RULE",
        comment: properties.COMMENT ?? "",
        ruleType,
        mode,
        values,
      };
    };
  },
  readAlter(cursor) {
    const { set, unset } = readAlteration(cursor, shape);
    return (rule, context) => {
      context.require("OWNERSHIP", rule);
      if (unset.includes("COMMENT")) rule.comment = "";
      if (unset.includes("VALUE_LIST")) rule.values = [];
      if (set.VALUE_LIST !== undefined) checkHosts(set.VALUE_LIST);
      rule.values = set.VALUE_LIST ?? rule.values;
      rule.comment = set.COMMENT ?? rule.comment;
      return undefined;
    };
  },
  readDrop: () => async (rule, context) => {
    context.require("OWNERSHIP", rule);
    const user = context.objects
      .all("INTEGRATION")
      .find(({ networkRules }) => networkRules.includes(fullName(rule)));
    if (user !== undefined) {
      throw notPossible(
        `Cannot perform operation on network rule ${rule.name.at(-1)}. The network rule is used by integration ${fullName(user)}.`,
      );
    }
    return "remove";
  },
  columns: [
    createdOnColumn,
    nameColumn,
    databaseColumn,
    schemaColumn,
    ownerColumn,
    commentColumn,
    textColumn("type", ({ ruleType }) => ruleType),
    textColumn("mode", ({ mode }) => mode),
    numberColumn("entries_in_valuelist", ({ values }) => values.length),
    ownerRoleTypeColumn,
  ],
  describe: (rule) =>
    queryResult(
      [
        { name: "created_on", type: "timestamp_ltz" },
        ...[
          "name",
          "database_name",
          "schema_name",
          "owner",
          "comment",
          "type",
          "mode",
          "value_list",
        ].map((name) => ({ name, type: "text" as const })),
      ],
      [
        [
          timestampCell(rule.createdOn),
          rule.name[2] ?? "",
          rule.name[0] ?? "",
          rule.name[1] ?? "",
          rule.owner,
          rule.comment,
          rule.ruleType,
          rule.mode,
          rule.values.join(","),
        ],
      ],
    ),
};

function checkHosts(values: readonly string[]): void {
  for (const value of values) if (!hostPort.test(value)) throw invalidValue(value, "VALUE_LIST");
}
