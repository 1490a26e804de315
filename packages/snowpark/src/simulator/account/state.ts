import type { ServiceSpecification } from "../../specification/service-specification.ts";

interface ObjectBase {
  /** Never used twice in an account. */
  readonly id: number;
  /** One part for an object of the account, two for a schema, three within a schema. */
  readonly name: readonly string[];
  /** The role that owns it. Empty for what comes with the account. */
  owner: string;
  readonly createdOn: number;
  comment: string;
}

/** Values of properties that nothing in the account depends on: they are kept to be shown again. */
export type Properties = Record<string, string | number | boolean | readonly string[]>;

export interface RoleObject extends ObjectBase {
  readonly type: "ROLE";
}

export interface AccessToken {
  readonly name: string;
  secret: string;
  readonly roleRestriction: string | null;
  readonly createdOn: number;
  readonly expiresOn: number;
  isDisabled: boolean;
}

export interface UserObject extends ObjectBase {
  readonly type: "USER";
  userType: "PERSON" | "SERVICE" | "LEGACY_SERVICE";
  password: string | null;
  /** Base64 of the public key's DER, as `RSA_PUBLIC_KEY` takes it. */
  rsaPublicKey: string | null;
  defaultRole: string | null;
  defaultWarehouse: string | null;
  defaultNamespace: string | null;
  hasDefaultSecondaryRoles: boolean;
  mustChangePassword: boolean;
  isDisabled: boolean;
  hasSecondFactor: boolean;
  tokens: AccessToken[];
  properties: Properties;
}

export interface WarehouseObject extends ObjectBase {
  readonly type: "WAREHOUSE";
  size: string;
  isSuspended: boolean;
  autoSuspend: number;
  autoResume: boolean;
  properties: Properties;
}

export interface DatabaseObject extends ObjectBase {
  readonly type: "DATABASE";
  retentionDays: number;
  isTransient: boolean;
}

export interface SchemaObject extends ObjectBase {
  readonly type: "SCHEMA";
  retentionDays: number;
  isTransient: boolean;
  hasManagedAccess: boolean;
}

export interface StageObject extends ObjectBase {
  readonly type: "STAGE";
  encryption: "SNOWFLAKE_SSE" | "SNOWFLAKE_FULL";
  hasDirectory: boolean;
}

export interface RepositoryImage {
  readonly image: string;
  readonly tag: string | null;
  readonly digest: string;
  readonly createdOn: number;
}

export interface ImageRepositoryObject extends ObjectBase {
  readonly type: "IMAGE REPOSITORY";
  encryption: "SNOWFLAKE_SSE" | "SNOWFLAKE_FULL";
  images: RepositoryImage[];
}

export interface ComputePoolObject extends ObjectBase {
  readonly type: "COMPUTE POOL";
  state: "STARTING" | "IDLE" | "STOPPING" | "SUSPENDED";
  /** When the state was entered. */
  since: number;
  /** When the pool last had something to run. */
  busyOn: number;
  minNodes: number;
  maxNodes: number;
  instanceFamily: string;
  autoResume: boolean;
  autoSuspendSecs: number;
  resumedOn: number | null;
  updatedOn: number;
  errorCode: string | null;
  statusMessage: string | null;
}

export interface ServiceContainer {
  readonly instance: number;
  readonly name: string;
  readonly image: string;
  readonly digest: string;
  status: "PENDING" | "READY" | "DONE" | "FAILED" | "TERMINATING";
  message: string;
  restartCount: number;
  /** When the runtime (or the clock that stands for it) began to run it. */
  startedOn: number | null;
  lastExitCode: number | null;
  lastRestartOn: number | null;
}

export interface BlockVolume {
  readonly id: string;
  readonly name: string;
  readonly instance: number;
  readonly sizeGi: number;
}

export type ServicePhase =
  | "waiting"
  | "pulling"
  | "running"
  | "failed"
  | "done"
  | "suspending"
  | "suspended"
  | "deleting";

export interface ServiceObject extends ObjectBase {
  readonly type: "SERVICE";
  computePool: string;
  specificationText: string;
  specification: ServiceSpecification;
  phase: ServicePhase;
  since: number;
  /** Empty while the service is suspended. */
  containers: ServiceContainer[];
  /** What each container's image is pinned to, by the container's name. Images that were not found are missing. */
  digests: Record<string, string>;
  volumes: BlockVolume[];
  minInstances: number;
  maxInstances: number;
  minReadyInstances: number;
  autoResume: boolean;
  autoSuspendSecs: number;
  externalAccessIntegrations: string[];
  queryWarehouse: string | null;
  readonly isJob: boolean;
  readonly isAsyncJob: boolean;
  updatedOn: number;
  resumedOn: number | null;
  suspendedOn: number | null;
}

export interface SecretObject extends ObjectBase {
  readonly type: "SECRET";
  secretType: "GENERIC_STRING" | "PASSWORD";
  secretString: string;
  username: string;
}

export interface NetworkRuleObject extends ObjectBase {
  readonly type: "NETWORK RULE";
  ruleType: string;
  mode: string;
  values: string[];
}

export interface IntegrationObject extends ObjectBase {
  readonly type: "INTEGRATION";
  readonly category: "SECURITY" | "EXTERNAL_ACCESS";
  isEnabled: boolean;
  networkRules: string[];
  secrets: string[];
  properties: Properties;
}

export interface SnapshotObject extends ObjectBase {
  readonly type: "SNAPSHOT";
  readonly service: string;
  readonly volume: string;
  readonly instance: number;
  readonly sizeGi: number;
  readonly readyOn: number;
  /** When it goes by itself: automatic ones only. */
  readonly expiresOn: number | null;
}

export interface FunctionArgument {
  readonly name: string;
  readonly dataType: string;
}

export interface FunctionObject extends ObjectBase {
  readonly type: "FUNCTION";
  readonly arguments: readonly FunctionArgument[];
  readonly returns: string;
  readonly service: string;
  readonly endpoint: string;
  readonly path: string;
  readonly maxBatchRows: number | null;
  readonly maxBatchRetries: number;
  /** Whether the rows of a batch that fails for good are NULL; otherwise the query fails. */
  readonly failsWithNull: boolean;
  readonly contextHeaders: readonly string[];
  readonly properties: Properties;
}

export type AccountObject =
  | RoleObject
  | UserObject
  | WarehouseObject
  | DatabaseObject
  | SchemaObject
  | StageObject
  | ImageRepositoryObject
  | ComputePoolObject
  | ServiceObject
  | SecretObject
  | NetworkRuleObject
  | IntegrationObject
  | SnapshotObject
  | FunctionObject;

export type ObjectType = AccountObject["type"];

/** The object of a type. */
export type ObjectOf<T extends ObjectType> = Extract<AccountObject, { type: T }>;

/** A privilege of a role on an object, or on the account. Ownership is not kept here but with the object. */
export interface PrivilegeGrant {
  readonly privilege: string;
  /** The object's id, or 0 for the account. */
  readonly on: number;
  readonly role: string;
  readonly hasGrantOption: boolean;
  readonly grantedBy: string;
  readonly createdOn: number;
}

/** A role given to another role or to a user. */
export interface RoleGrant {
  readonly role: string;
  readonly toType: "ROLE" | "USER";
  readonly to: string;
  readonly grantedBy: string;
  readonly createdOn: number;
}

/** A service's role given to a role. */
export interface ServiceRoleGrant {
  readonly service: number;
  readonly serviceRole: string;
  readonly role: string;
  readonly grantedBy: string;
  readonly createdOn: number;
}

/** All that an account remembers. It is plain JSON. */
export interface AccountState {
  version: 1;
  /** The next object's id. */
  nextId: number;
  objects: AccountObject[];
  grants: PrivilegeGrant[];
  roleGrants: RoleGrant[];
  serviceRoleGrants: ServiceRoleGrant[];
}

/** A user that a fresh account has. */
export interface NewUser {
  readonly name: string;
  readonly roles: readonly string[];
  readonly defaultRole: string;
  readonly userType?: UserObject["userType"];
  readonly password?: string;
  /** The secret of a programmatic access token. */
  readonly token?: string;
  /** Base64 of the public key's DER, or its PEM. */
  readonly publicKey?: string;
  readonly hasSecondFactor?: boolean;
}
