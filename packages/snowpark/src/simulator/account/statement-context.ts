import type { AccessRules, Actor } from "./access-rules.ts";
import { type AccountObjects, fullName } from "./account-objects.ts";
import type { Behaviour } from "./behaviour.ts";
import type { ContainerStops } from "./container-stops.ts";
import type { AccountObject, ObjectOf, ObjectType } from "./state.ts";
import type { SqlScalar } from "./statement-cursor.ts";
import {
  doesNotExist,
  insufficientPrivileges,
  invalidIdentifier,
  noCurrentDatabase,
  noCurrentSchema,
} from "./statement-error.ts";
import type { AccountTimings, SimulatedAccountOptions } from "./surroundings.ts";

/** What a session remembers between statements. */
export interface SessionSettings {
  readonly user: string;
  /** The one role that the credentials allow, where they allow but one. */
  readonly onlyRole: string | null;
  role: string;
  hasSecondaryRoles: boolean;
  warehouse: string | null;
  database: string | null;
  schema: string | null;
  variables: Map<string, SqlScalar>;
}

/** What all statements of an account share. */
export interface AccountParts {
  readonly objects: AccountObjects;
  readonly access: AccessRules;
  readonly behaviour: Behaviour;
  readonly timings: AccountTimings;
  readonly options: SimulatedAccountOptions;
  readonly stops: ContainerStops;
  /** Lets time's effects happen up to now: pools start, containers get ready. */
  readonly advance: () => Promise<void>;
}

interface TypeName {
  readonly label: string;
  /** How many parts a full name has. */
  readonly depth: 1 | 2 | 3;
}

/** How types are called in messages, and where they live. */
export const typeNames: Readonly<Record<ObjectType, TypeName>> = {
  ROLE: { label: "Role", depth: 1 },
  USER: { label: "User", depth: 1 },
  WAREHOUSE: { label: "Warehouse", depth: 1 },
  DATABASE: { label: "Database", depth: 1 },
  SCHEMA: { label: "Schema", depth: 2 },
  STAGE: { label: "Stage", depth: 3 },
  "IMAGE REPOSITORY": { label: "Image Repository", depth: 3 },
  "COMPUTE POOL": { label: "Compute pool", depth: 1 },
  SERVICE: { label: "Service", depth: 3 },
  SECRET: { label: "Secret", depth: 3 },
  "NETWORK RULE": { label: "Network rule", depth: 3 },
  INTEGRATION: { label: "Integration", depth: 1 },
  SNAPSHOT: { label: "Snapshot", depth: 3 },
  FUNCTION: { label: "Function", depth: 3 },
};

/** One statement's view of the account: its session's names and privileges. */
export class StatementContext {
  readonly parts: AccountParts;
  readonly session: SessionSettings;
  readonly queryId: string;
  #batches = 0;

  constructor(parts: AccountParts, session: SessionSettings, queryId: string) {
    this.parts = parts;
    this.session = session;
    this.queryId = queryId;
  }

  /** The id of one more batch that the statement sends to a service. */
  nextBatchId(): string {
    this.#batches += 1;
    return `${this.queryId}:${this.#batches}`;
  }

  get objects(): AccountObjects {
    return this.parts.objects;
  }

  get access(): AccessRules {
    return this.parts.access;
  }

  get actor(): Actor {
    return this.session;
  }

  get now(): number {
    return this.parts.options.now();
  }

  /** A name with the session's database and schema put before it, as far as they are missing. */
  qualify(type: ObjectType, name: readonly string[]): string[] {
    const { depth, label } = typeNames[type];
    if (name.length > depth) throw invalidIdentifier(name.join("."));
    const missing = depth - name.length;
    if (missing === 0) return [...name];
    const { database, schema } = this.session;
    if (database === null) throw noCurrentDatabase(label.toUpperCase());
    if (missing === 1) return [database, ...name];
    if (schema === null) throw noCurrentSchema(label.toUpperCase());
    return [database, schema, ...name];
  }

  /** The object of that name, if it is there and may be known of. */
  find<T extends ObjectType>(type: T, name: readonly string[]): ObjectOf<T> | undefined {
    const object = this.objects.find(type, this.qualify(type, name));
    return object !== undefined && this.access.sees(this.actor, object) ? object : undefined;
  }

  /** As {@link find}: a database or a schema on the way that is not there is named first. */
  get<T extends ObjectType>(type: T, name: readonly string[]): ObjectOf<T> {
    const full = this.qualify(type, name);
    this.parentOf(full);
    const object = this.find(type, full);
    if (object === undefined) throw this.missing(type, full);
    return object;
  }

  missing(type: ObjectType, name: readonly string[]): Error {
    return doesNotExist(typeNames[type].label, name.join("."));
  }

  /** The database or schema that a full name lies in, which has to be known. `undefined` is the account. */
  parentOf(name: readonly string[]): AccountObject | undefined {
    const [database, schema] = name;
    if (name.length < 2 || database === undefined || schema === undefined) return undefined;
    const parent = this.find("DATABASE", [database]);
    if (parent === undefined) throw this.missing("DATABASE", [database]);
    return name.length < 3 ? parent : this.#schemaOf(database, schema);
  }

  #schemaOf(database: string, schema: string): AccountObject {
    const found = this.find("SCHEMA", [database, schema]);
    if (found === undefined) throw this.missing("SCHEMA", [database, schema]);
    return found;
  }

  /** @throws StatementError 003001 without the privilege (or ownership). */
  require(privilege: string, object: AccountObject): void {
    const isAllowed =
      privilege === "OWNERSHIP"
        ? this.access.owns(this.actor, object)
        : this.access.holds(this.actor, privilege, object);
    if (!isAllowed) throw this.forbidden(object);
  }

  forbidden(object: AccountObject | undefined): Error {
    if (object === undefined) {
      return insufficientPrivileges("account", this.parts.options.names.account);
    }
    return insufficientPrivileges(
      typeNames[object.type].label.toLowerCase(),
      object.name.at(-1) ?? fullName(object),
    );
  }

  /** @throws StatementError 003001 without the privilege on the account. */
  requireOnAccount(privilege: string): void {
    if (!this.access.holds(this.actor, privilege, undefined)) throw this.forbidden(undefined);
  }
}
