/**
 * What a service of Snowpark Container Services runs: the document that `CREATE SERVICE … FROM SPECIFICATION` takes.
 * The names are Snowflake's own. {@link readServiceSpecification} checks what the types can't say.
 */
export interface ServiceSpecification {
  readonly spec: {
    readonly containers: readonly ContainerSpecification[];
    readonly endpoints?: readonly EndpointSpecification[];
    readonly volumes?: readonly VolumeSpecification[];
    readonly logExporters?: {
      readonly eventTableConfig: { readonly logLevel: "INFO" | "ERROR" | "NONE" };
    };
    readonly platformMonitor?: {
      readonly metricConfig: { readonly groups: readonly MetricGroup[] };
    };
    readonly resourceManagement?: {
      readonly autoScalingPolicies: AutoScalingPolicies;
    };
    readonly networkPolicyConfig?: { readonly allowInternetEgress: boolean };
  };
  readonly capabilities?: {
    readonly securityContext: {
      readonly executeAsCaller?: boolean;
      readonly enableCustomCredentials?: boolean;
    };
  };
  readonly serviceRoles?: readonly ServiceRoleSpecification[];
}

export type MetricGroup = "system" | "system_limits" | "status" | "network" | "storage";

export interface ContainerSpecification {
  readonly name: string;
  /** `/database/schema/repository/image:tag`, in lower case. */
  readonly image: string;
  /** Instead of the image's entry point. */
  readonly command?: readonly string[];
  /** Instead of the image's `CMD`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly readinessProbe?: ProbeSpecification;
  readonly livenessProbe?: ProbeSpecification;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly resources?: {
    readonly requests?: ResourceAmounts;
    readonly limits?: ResourceAmounts;
  };
  readonly secrets?: readonly SecretUse[];
  readonly mountSessionToken?: boolean;
  readonly sessionTokenConfig?: {
    readonly path?: string;
    readonly permission?: string;
    readonly mountConnectionConfig?: boolean;
  };
}

/** A container is healthy while `GET path` at the port answers 200. */
export interface ProbeSpecification {
  readonly port: number;
  readonly path: string;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

/** Memory as `512Mi`, processors as `0.5` or `500m`. */
export interface ResourceAmounts {
  readonly memory?: string;
  readonly cpu?: string | number;
  readonly "nvidia.com/gpu"?: number;
}

/** A secret in an environment variable, or as files of a directory. */
export interface SecretUse {
  readonly snowflakeSecret:
    | string
    | { readonly objectName: string }
    | { readonly objectReference: string };
  readonly directoryPath?: string;
  readonly envVarName?: string;
  readonly secretKeyRef?: "username" | "password" | "secret_string" | "access_token";
}

export interface EndpointSpecification {
  readonly name: string;
  readonly port?: number;
  /** `8000-8010`: private TCP only. */
  readonly portRange?: string;
  /** Reached from outside, through Snowflake's sign-in. */
  readonly public?: boolean;
  readonly protocol?: "HTTP" | "TCP";
  readonly corsSettings?: {
    readonly "Access-Control-Allow-Origin": readonly string[];
    readonly "Access-Control-Allow-Methods"?: readonly string[];
    readonly "Access-Control-Allow-Headers"?: readonly string[];
    readonly "Access-Control-Expose-Headers"?: readonly string[];
  };
}

export interface VolumeSpecification {
  readonly name: string;
  /** `local`, `memory`, `block`, `stage`, or as it was once written, a stage's name behind `@`. */
  readonly source: string;
  readonly size?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly blockConfig?: {
    readonly initialContents?: { readonly fromSnapshot: string };
    readonly iops?: number;
    readonly throughput?: number;
    readonly encryption?: "SNOWFLAKE_SSE" | "SNOWFLAKE_FULL";
    readonly snapshotOnDelete?: boolean;
    readonly snapshotDeleteAfter?: string;
  };
  readonly stageConfig?: {
    readonly name: string;
    readonly metadataCache?: string;
    readonly resources?: {
      readonly requests?: ResourceAmounts;
      readonly limits?: ResourceAmounts;
    };
  };
}

export interface ScalingCondition {
  readonly metricCondition: {
    readonly metricName: string;
    readonly aggregationType: "min" | "max" | "avg";
    readonly stabilizationPeriodSecs?: number;
    readonly targetScaling?: { readonly targetValue: number };
  };
}

export interface AutoScalingPolicies {
  readonly scaleUp?: { readonly anyConditions: readonly ScalingCondition[] };
  readonly scaleDown?: { readonly allConditions: readonly ScalingCondition[] };
  readonly suspend?: { readonly allConditions: readonly ScalingCondition[] };
}

/** Who holds the role may use its endpoints. */
export interface ServiceRoleSpecification {
  readonly name: string;
  readonly endpoints: readonly string[];
}
