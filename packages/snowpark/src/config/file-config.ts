import type { EngineChoice, ObjectNames, SnowparkConfig } from "./snowpark-config.ts";

/** What `snowpark.yaml` may hold, as written: every key optional, names not folded yet. */
export interface FileConfig
  extends Partial<Pick<SnowparkConfig, "name" | "connection" | "adminRole" | "notebook">> {
  readonly names?: Partial<ObjectNames>;
  readonly existing?: SnowparkConfig["existing"];
  readonly users?: readonly string[];
  readonly engine?: { readonly kind?: EngineChoice["kind"]; readonly version?: string };
  readonly pool?: Partial<SnowparkConfig["pool"]>;
  readonly storage?: Partial<SnowparkConfig["storage"]>;
  readonly backup?: Partial<SnowparkConfig["backup"]>;
  readonly egress?: readonly string[];
  readonly warehouse?: Partial<SnowparkConfig["warehouse"]>;
  readonly rest?: Partial<SnowparkConfig["rest"]>;
}
