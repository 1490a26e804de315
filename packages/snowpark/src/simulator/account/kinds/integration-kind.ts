import { fullName } from "../account-objects.ts";
import { readAlteration } from "../alteration.ts";
import {
  booleanColumn,
  commentColumn,
  createdOnColumn,
  nameColumn,
  textColumn,
} from "../columns.ts";
import type { Create, ObjectKind } from "../object-kind.ts";
import {
  booleanProperty,
  choiceProperty,
  nameListProperty,
  readProperties,
  textProperty,
} from "../properties.ts";
import type { IntegrationObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { missingOptions, notPossible } from "../statement-error.ts";
import { type Cell, queryResult } from "../statement-result.ts";

const securityShape = {
  TYPE: choiceProperty("OAUTH"),
  OAUTH_CLIENT: choiceProperty("SNOWSERVICES_INGRESS"),
  ENABLED: booleanProperty,
  COMMENT: textProperty,
};
const accessShape = {
  ALLOWED_NETWORK_RULES: nameListProperty,
  ALLOWED_AUTHENTICATION_SECRETS: nameListProperty,
  ENABLED: booleanProperty,
  COMMENT: textProperty,
};
const alterShape = {
  ALLOWED_NETWORK_RULES: nameListProperty,
  ALLOWED_AUTHENTICATION_SECRETS: nameListProperty,
  ENABLED: booleanProperty,
  COMMENT: textProperty,
};

const networkRulesMax = 10;

/** Integrations: external access for services, and the (obsolete) one for signing in at the ingress. */
export const integrationKind: ObjectKind<"INTEGRATION"> = {
  type: "INTEGRATION",
  words: ["EXTERNAL ACCESS INTEGRATION", "SECURITY INTEGRATION", "INTEGRATION"],
  plural: ["EXTERNAL ACCESS INTEGRATIONS", "SECURITY INTEGRATIONS", "INTEGRATIONS"],
  createPrivilege: "CREATE INTEGRATION",
  canReplace: true,
  readCreate(cursor, words) {
    if (words === "SECURITY INTEGRATION") return readSecurity(cursor);
    if (words === "EXTERNAL ACCESS INTEGRATION") return readExternalAccess(cursor);
    throw cursor.fail();
  },
  readAlter(cursor) {
    const { set, unset } = readAlteration(cursor, alterShape);
    return (integration, context) => {
      context.require("OWNERSHIP", integration);
      if (unset.includes("COMMENT")) integration.comment = "";
      if (set.ALLOWED_NETWORK_RULES !== undefined) {
        integration.networkRules = rulesOf(set.ALLOWED_NETWORK_RULES, context);
      }
      if (set.ALLOWED_AUTHENTICATION_SECRETS !== undefined) {
        integration.secrets = secretsOf(set.ALLOWED_AUTHENTICATION_SECRETS, context);
      }
      integration.isEnabled = set.ENABLED ?? integration.isEnabled;
      integration.comment = set.COMMENT ?? integration.comment;
      return undefined;
    };
  },
  readDrop: () => async (integration, context) => {
    context.require("OWNERSHIP", integration);
    const user = context.objects
      .all("SERVICE")
      .find((service) => service.externalAccessIntegrations.includes(fullName(integration)));
    if (user !== undefined) {
      throw notPossible(
        `Integration '${fullName(integration)}' is used by service '${fullName(user)}'.`,
      );
    }
    return "remove";
  },
  columns: [
    nameColumn,
    textColumn("type", ({ category }) =>
      category === "SECURITY" ? "OAUTH - SNOWSERVICES_INGRESS" : "EXTERNAL_ACCESS",
    ),
    textColumn("category", ({ category }) => category),
    booleanColumn("enabled", ({ isEnabled }) => isEnabled),
    commentColumn,
    createdOnColumn,
  ],
  describe(integration) {
    const rows: Cell[][] = [
      ["ENABLED", "Boolean", String(integration.isEnabled), "false"],
      ["ALLOWED_NETWORK_RULES", "List", `[${integration.networkRules.join(", ")}]`, "[]"],
      ["ALLOWED_AUTHENTICATION_SECRETS", "List", `[${integration.secrets.join(", ")}]`, "[]"],
      ["COMMENT", "String", integration.comment, ""],
    ];
    return queryResult(
      ["property", "property_type", "property_value", "property_default"].map((name) => ({
        name,
        type: "text",
      })),
      rows,
    );
  },
};

function newIntegration(category: IntegrationObject["category"]) {
  return { type: "INTEGRATION" as const, category, networkRules: [], secrets: [], properties: {} };
}

function readSecurity(cursor: StatementCursor): Create<"INTEGRATION"> {
  const properties = readProperties(cursor, securityShape);
  return (base) => {
    const required = ["TYPE", "OAUTH_CLIENT"] as const;
    const missing = required.filter((name) => properties[name] === undefined);
    if (missing.length > 0) throw missingOptions(missing);
    return {
      ...base,
      ...newIntegration("SECURITY"),
      comment: properties.COMMENT ?? "",
      isEnabled: properties.ENABLED ?? false,
    };
  };
}

function readExternalAccess(cursor: StatementCursor): Create<"INTEGRATION"> {
  const properties = readProperties(cursor, accessShape);
  return (base, context) => {
    const { ALLOWED_NETWORK_RULES: rules, ENABLED: isEnabled } = properties;
    if (rules === undefined || isEnabled === undefined) {
      const required = ["ALLOWED_NETWORK_RULES", "ENABLED"] as const;
      throw missingOptions(required.filter((name) => properties[name] === undefined));
    }
    return {
      ...base,
      ...newIntegration("EXTERNAL_ACCESS"),
      comment: properties.COMMENT ?? "",
      isEnabled,
      networkRules: rulesOf(rules, context),
      secrets: secretsOf(properties.ALLOWED_AUTHENTICATION_SECRETS ?? [], context),
    };
  };
}

function rulesOf(names: readonly string[][], context: StatementContext): string[] {
  if (names.length > networkRulesMax) {
    throw notPossible(`An integration allows at most ${networkRulesMax} network rules.`);
  }
  return names.map((name) => fullName(context.get("NETWORK RULE", name)));
}

function secretsOf(names: readonly string[][], context: StatementContext): string[] {
  return names.map((name) => fullName(context.get("SECRET", name)));
}
