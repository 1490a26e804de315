import type { ImageDefinition } from "../images/image-definition.ts";
import type { SnowSession } from "../session/snow-session.ts";

/** What a deployment is made of. */
export type ResourceKind =
  | "role"
  | "role grants"
  | "owner grants"
  | "warehouse"
  | "database"
  | "schema"
  | "image repository"
  | "image"
  | "stage"
  | "secret"
  | "compute pool"
  | "service"
  | "snapshot"
  | "function"
  | "user grants"
  | "network rule"
  | "external access integration";

/** A statement and the role that runs it. */
export interface Statement {
  readonly role: string;
  readonly sql: string;
  /** What stands in it and must not be seen. A script has the variable in its place. */
  readonly secrets?: readonly { readonly variable: string; readonly value: string }[];
}

/** What a deployment has to know of an image. Its tag names its content: one that is there needs no second look. */
export type DeploymentImage = Omit<ImageDefinition, "build" | "recipe">;

/** Something to be done to the account. */
export type Step =
  | { readonly kind: "statement"; readonly statement: Statement }
  | {
      readonly kind: "push";
      readonly image: DeploymentImage;
      readonly repository: RepositoryPlace;
    };

/** Where an image goes: the names of its repository, whose address the account tells. */
export interface RepositoryPlace {
  readonly database: string;
  readonly schema: string;
  readonly repository: string;
}

/** A field in which an object is not what it should be, and what mends it. */
export interface Change {
  readonly field: string;
  readonly is: string;
  readonly wanted: string;
  readonly steps: readonly Step[];
  /** Why it can't be mended in place, and what to do instead. `steps` is empty then. */
  readonly blocked?: string;
}

/** What a look at the account found of a resource, and what would be done about it. */
export type Observation =
  | {
      readonly kind: "absent";
      readonly create: readonly Step[];
      /** What whoever reads the plan should know of it. */
      readonly note?: string;
    }
  | {
      readonly kind: "present";
      readonly changes: readonly Change[];
      readonly remove: readonly Step[];
    }
  /** On its way from one state to another: look again. */
  | { readonly kind: "unsettled"; readonly message: string }
  /** An object of the name that this deployment did not make. It is not touched. */
  | { readonly kind: "foreign"; readonly found: string };

export type Readiness =
  | { readonly kind: "ready" }
  | { readonly kind: "waiting"; readonly message: string }
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly logLines?: readonly string[];
      readonly remedy?: string;
    };

/** What resources look at the account with. */
export interface ResourceContext {
  readonly session: SnowSession;
  /** The role that looks into the schema: the owner's once it can be used, the administrator's before. */
  readonly schemaReader: () => Promise<string>;
  readonly newSecret: () => string;
}

/**
 * One thing of a deployment. Looking is all it does: it tells the steps that would create, mend or remove the thing,
 * and each of them may be followed by a crash, after which the next look tells what is left.
 */
export interface Resource {
  /** Unique in a deployment, such as `service MILVUS`. */
  readonly id: string;
  readonly kind: ResourceKind;
  /** As a person would write it, qualified. */
  readonly name: string;
  /** The ids of what must have been made before. */
  readonly dependsOn: readonly string[];
  /** What becomes of it when the deployment goes: removed, kept with the data, or gone with what it is part of. */
  readonly atEnd: "removed" | "kept with the data" | "falls";
  /** What depends on it waits until it is ready. Otherwise it goes on as soon as it is made. */
  readonly neededReady?: true;
  /** Whether it decides which role can look into the schema. */
  readonly decidesReader?: true;
  observe(context: ResourceContext): Promise<Observation>;
  /** What lies in it that this deployment did not make: while there is any, it is not removed. */
  foreignContent?(context: ResourceContext): Promise<readonly string[]>;
  /** Whether it works, once made. Without it, made is ready. */
  ready?(context: ResourceContext): Promise<Readiness>;
}

/** A statement as a step. */
export function run(role: string, sql: string, secrets: Statement["secrets"] = undefined): Step {
  const statement = secrets === undefined ? { role, sql } : { role, sql, secrets };
  return { kind: "statement", statement };
}
