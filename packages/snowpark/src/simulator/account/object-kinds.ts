import { computePoolKind } from "./kinds/compute-pool-kind.ts";
import { databaseKind } from "./kinds/database-kind.ts";
import { functionKind } from "./kinds/function-kind.ts";
import { imageRepositoryKind } from "./kinds/image-repository-kind.ts";
import { integrationKind } from "./kinds/integration-kind.ts";
import { networkRuleKind } from "./kinds/network-rule-kind.ts";
import { roleKind } from "./kinds/role-kind.ts";
import { schemaKind } from "./kinds/schema-kind.ts";
import { secretKind } from "./kinds/secret-kind.ts";
import { serviceKind } from "./kinds/service-kind.ts";
import { snapshotKind } from "./kinds/snapshot-kind.ts";
import { stageKind } from "./kinds/stage-kind.ts";
import { userKind } from "./kinds/user-kind.ts";
import { warehouseKind } from "./kinds/warehouse-kind.ts";
import type { ObjectKind } from "./object-kind.ts";
import type { ObjectType } from "./state.ts";
import type { StatementCursor } from "./statement-cursor.ts";

const kinds: { readonly [T in ObjectType]: ObjectKind<T> } = {
  ROLE: roleKind,
  USER: userKind,
  WAREHOUSE: warehouseKind,
  DATABASE: databaseKind,
  SCHEMA: schemaKind,
  STAGE: stageKind,
  "IMAGE REPOSITORY": imageRepositoryKind,
  "COMPUTE POOL": computePoolKind,
  SERVICE: serviceKind,
  SECRET: secretKind,
  "NETWORK RULE": networkRuleKind,
  INTEGRATION: integrationKind,
  SNAPSHOT: snapshotKind,
  FUNCTION: functionKind,
};

/** What does something with a kind, whichever it is. */
export type KindVisitor<R> = <T extends ObjectType>(kind: ObjectKind<T>, words: string) => R;

/** Takes the words of a kind, as they stand behind CREATE. `undefined` when none comes next. */
export function acceptKind<R>(cursor: StatementCursor, visit: KindVisitor<R>): R | undefined {
  return acceptWords(cursor, (kind) => kind.words, visit);
}

/** Takes the words of a kind, as they stand behind SHOW. `undefined` when none comes next. */
export function acceptPlural<R>(cursor: StatementCursor, visit: KindVisitor<R>): R | undefined {
  return acceptWords(cursor, (kind) => kind.plural, visit);
}

function acceptWords<R>(
  cursor: StatementCursor,
  wordsOf: (kind: {
    readonly words: readonly string[];
    readonly plural: readonly string[];
  }) => readonly string[],
  visit: KindVisitor<R>,
): R | undefined {
  for (const type of Object.keys(kinds) as ObjectType[]) {
    const words = cursor.acceptOneOf(wordsOf(kinds[type]));
    if (words !== undefined) return visitKind(type, words, visit);
  }
  return undefined;
}

function visitKind<T extends ObjectType, R>(type: T, words: string, visit: KindVisitor<R>): R {
  return visit<T>(kinds[type], words);
}
