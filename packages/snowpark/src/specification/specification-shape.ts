import { cpuPattern, memoryPattern } from "./quantity.ts";
import {
  anyText,
  boolean,
  choice,
  filledText,
  integer,
  list,
  type RecordShape,
  record,
  type Shape,
  text,
} from "./shape.ts";

// Snowflake's "Service specification reference", as of the middle of 2026.

const dnsName: Shape = text(
  /^(?=.{1,63}$)[a-z]([-a-z0-9]*[a-z0-9])?$/,
  "1 to 63 small letters, digits and hyphens that begin with a letter and end with no hyphen",
);
const image: Shape = text(
  /^(?:[a-z0-9][-a-z0-9.]*(?::\d+)?)?(?:\/[-_.a-z0-9]+){4,}(?::[A-Za-z0-9_][-.A-Za-z0-9_]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
  "an image in lower case, as in /database/schema/repository/image:tag",
);
const variableName = text(/^[A-Za-z_][A-Za-z0-9_]*$/, "a variable's name");
const absolutePath = text(/^\/[^\0]*$/, "an absolute path");
const memory = text(memoryPattern, "an amount such as 512Mi or 2G");
const cpu: Shape = {
  kind: "either",
  of: [
    { kind: "number", integer: false, min: 0, max: 1024 },
    text(cpuPattern, "processors such as 0.5 or 500m"),
  ],
};
const port = integer(1, 65_535);

const amounts = record({}, { memory, cpu, "nvidia.com/gpu": integer(0, 64) });
const resources = record({}, { requests: amounts, limits: amounts });
const probe = record(
  { port, path: absolutePath },
  { periodSeconds: integer(1, 86_400), failureThreshold: integer(1, 1000) },
);
const secret = record(
  {
    snowflakeSecret: {
      kind: "either",
      of: [filledText, record({}, { objectName: filledText, objectReference: filledText })],
    },
  },
  {
    directoryPath: absolutePath,
    envVarName: variableName,
    secretKeyRef: choice("username", "password", "secret_string", "access_token"),
  },
);

const container = record(
  { name: dnsName, image },
  {
    command: list(anyText, { max: 1000 }),
    args: list(anyText, { max: 1000 }),
    env: { kind: "map", of: anyText },
    readinessProbe: probe,
    livenessProbe: probe,
    volumeMounts: list(record({ name: dnsName, mountPath: absolutePath }), { max: 20 }),
    resources,
    secrets: list(secret, { max: 50 }),
    mountSessionToken: boolean,
    sessionTokenConfig: record(
      {},
      {
        path: absolutePath,
        permission: text(/^0?[0-7]{3}$/, "permissions such as 0644"),
        mountConnectionConfig: boolean,
      },
    ),
  },
);

const texts = list(filledText, { max: 100 });
const endpoint = record(
  { name: dnsName },
  {
    port,
    portRange: text(/^\d{1,5}-\d{1,5}$/, "a range such as 8000-8010"),
    public: boolean,
    protocol: choice("HTTP", "TCP"),
    corsSettings: record(
      { "Access-Control-Allow-Origin": list(filledText, { min: 1, max: 100 }) },
      {
        "Access-Control-Allow-Methods": texts,
        "Access-Control-Allow-Headers": texts,
        "Access-Control-Expose-Headers": texts,
      },
    ),
  },
);

const volume = record(
  {
    name: dnsName,
    source: text(/^(?:local|memory|block|stage|@.+)$/, "local, memory, block or stage"),
  },
  {
    size: memory,
    uid: integer(0, 2 ** 31 - 1),
    gid: integer(0, 2 ** 31 - 1),
    blockConfig: record(
      {},
      {
        initialContents: record({ fromSnapshot: filledText }),
        iops: integer(1, 256_000),
        throughput: integer(1, 2000),
        encryption: choice("SNOWFLAKE_SSE", "SNOWFLAKE_FULL"),
        snapshotOnDelete: boolean,
        snapshotDeleteAfter: text(/^[1-9]\d*d$/, "a number of days such as 7d"),
      },
    ),
    stageConfig: record(
      { name: text(/^@.+$/, "a stage behind @, as in @db.schema.stage/folder") },
      { metadataCache: filledText, resources },
    ),
  },
);

const scalingConditions = list(
  record({
    metricCondition: record(
      { metricName: filledText, aggregationType: choice("min", "max", "avg") },
      {
        stabilizationPeriodSecs: integer(0, 86_400),
        targetScaling: record({
          targetValue: { kind: "number", integer: false, min: 0, max: Number.MAX_VALUE },
        }),
      },
    ),
  }),
  { min: 1, max: 20 },
);

/** The whole of a service specification. */
export const specificationShape: RecordShape = record(
  {
    spec: record(
      { containers: list(container, { min: 1, max: 20 }) },
      {
        endpoints: list(endpoint, { max: 100 }),
        volumes: list(volume, { max: 20 }),
        logExporters: record({
          eventTableConfig: record({ logLevel: choice("INFO", "ERROR", "NONE") }),
        }),
        platformMonitor: record({
          metricConfig: record({
            groups: list(choice("system", "system_limits", "status", "network", "storage"), {
              max: 5,
            }),
          }),
        }),
        resourceManagement: record({
          autoScalingPolicies: record(
            {},
            {
              scaleUp: record({ anyConditions: scalingConditions }),
              scaleDown: record({ allConditions: scalingConditions }),
              suspend: record({ allConditions: scalingConditions }),
            },
          ),
        }),
        networkPolicyConfig: record({ allowInternetEgress: boolean }),
      },
    ),
  },
  {
    capabilities: record({
      securityContext: record({}, { executeAsCaller: boolean, enableCustomCredentials: boolean }),
    }),
    serviceRoles: list(
      record({
        name: text(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, "a role's name"),
        endpoints: list(dnsName, { min: 1, max: 100 }),
      }),
      { max: 100 },
    ),
  },
);
