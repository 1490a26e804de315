/** What serves vectors in the deployment. */
export type EngineChoice =
  | { readonly kind: "redkite" }
  /** The upstream image of Milvus, of this version (`2.6.4`). */
  | { readonly kind: "milvus"; readonly version: string };

/** The account's names for what the deployment consists of, as stored: upper case unless quoted in the file. */
export interface ObjectNames {
  /** Owns everything below. Never an administrator's role: those cannot own services. */
  readonly ownerRole: string;
  /** Opens the notebook and calls the functions. */
  readonly userRole: string;
  readonly warehouse: string;
  readonly database: string;
  readonly schema: string;
  readonly repository: string;
  readonly pool: string;
  readonly service: string;
  readonly notebookService: string;
  /** The stage that keeps the notebook's work. */
  readonly stage: string;
  /** The secret with the password of the database's root. */
  readonly rootSecret: string;
  readonly networkRule: string;
  readonly externalAccessIntegration: string;
}

/** What may be there already, and is then used as it is: never made, changed or dropped. */
export type ExistingObject = "ownerRole" | "userRole" | "warehouse" | "database" | "schema";

/** A deployment, as `snowpark.yaml` describes it, with every default filled in. */
export interface SnowparkConfig {
  /** `[a-z][a-z0-9_]{0,30}`. The objects' default names are made of its upper case. */
  readonly name: string;
  /** A connection of `connections.toml` or `config.toml`. Without: the default one. */
  readonly connection?: string;
  /** Makes roles, grants and integrations, and nothing else. */
  readonly adminRole: string;
  readonly names: ObjectNames;
  readonly existing: readonly ExistingObject[];
  /** Users who are there and get the user role. */
  readonly users: readonly string[];
  readonly engine: EngineChoice;
  readonly notebook: boolean;
  readonly pool: {
    readonly instanceFamily: string;
    readonly minNodes: number;
    readonly maxNodes: number;
    readonly autoSuspendSeconds: number;
  };
  readonly storage: {
    /** Of the block volume, in GiB: `10Gi`. It can't be changed later. */
    readonly size: string;
  };
  readonly backup: {
    /** Whether a snapshot of the volume is kept when the service is dropped. */
    readonly onDelete: boolean;
    /** How many snapshots `backup` leaves. */
    readonly keep: number;
  };
  /** `host:port` of what the containers may reach. None: no rule and no integration is made. */
  readonly egress: readonly string[];
  /** For the notebook's SQL and for calls of the functions. */
  readonly warehouse: {
    readonly enabled: boolean;
    readonly size: string;
    readonly autoSuspendSeconds: number;
  };
  readonly rest: {
    /** Whether REST is reachable through the ingress, as `proxy` and `verify` need. */
    readonly public: boolean;
  };
}

/** The names of a deployment's objects where the file gives none. */
export function defaultNames(deployment: string): ObjectNames {
  const prefix = deployment.toUpperCase();
  return {
    ownerRole: `${prefix}_OWNER`,
    userRole: `${prefix}_USER`,
    warehouse: `${prefix}_WH`,
    database: `${prefix}_DB`,
    schema: "PUBLIC",
    repository: `${prefix}_REPO`,
    pool: `${prefix}_POOL`,
    service: prefix,
    notebookService: `${prefix}_NOTEBOOK`,
    stage: `${prefix}_NOTEBOOKS`,
    rootSecret: `${prefix}_ROOT`,
    networkRule: `${prefix}_EGRESS`,
    externalAccessIntegration: `${prefix}_EGRESS`,
  };
}

/** The configuration of an empty file. */
export function defaultConfig(name: string = "milvus"): SnowparkConfig {
  return {
    name,
    adminRole: "ACCOUNTADMIN",
    names: defaultNames(name),
    existing: [],
    users: [],
    engine: { kind: "redkite" },
    notebook: true,
    pool: { instanceFamily: "CPU_X64_S", minNodes: 1, maxNodes: 1, autoSuspendSeconds: 3600 },
    storage: { size: "10Gi" },
    backup: { onDelete: true, keep: 7 },
    egress: [],
    warehouse: { enabled: true, size: "X-SMALL", autoSuspendSeconds: 60 },
    rest: { public: true },
  };
}
