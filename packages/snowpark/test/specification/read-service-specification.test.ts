import { describe, expect, test } from "vitest";
import {
  parseServiceSpecification,
  readServiceSpecification,
} from "../../src/specification/read-service-specification.ts";
import type { SpecificationProblem } from "../../src/specification/specification-problem.ts";

const image = "/db/public/repo/milvus:2.6.4";

const whole = `
spec:
  containers:
  - name: milvus
    image: ${image}
    command: [milvus, run, standalone]
    args: ["-v"]
    env: { ETCD_USE_EMBED: "true" }
    readinessProbe: { port: 9091, path: /healthz, periodSeconds: 5, failureThreshold: 3 }
    livenessProbe: { port: 9091, path: /healthz }
    volumeMounts: [{ name: data, mountPath: /var/lib/milvus }, { name: work, mountPath: /work }]
    resources: { requests: { memory: 4Gi, cpu: 500m, nvidia.com/gpu: 1 }, limits: { memory: 8Gi, cpu: 2, nvidia.com/gpu: 1 } }
    secrets:
    - { snowflakeSecret: { objectName: DB.PUBLIC.ROOT }, envVarName: PASSWORD, secretKeyRef: secret_string }
    - { snowflakeSecret: DB.PUBLIC.ROOT, directoryPath: /secrets }
    mountSessionToken: false
    sessionTokenConfig: { path: /token, permission: "0644", mountConnectionConfig: true }
  endpoints:
  - { name: milvus, port: 19530, protocol: TCP }
  - { name: many, portRange: 8000-8010, protocol: TCP }
  - name: jupyter
    port: 8888
    public: true
    corsSettings: { Access-Control-Allow-Origin: [https://example.com] }
  volumes:
  - { name: data, source: block, size: 10Gi, blockConfig: { initialContents: { fromSnapshot: S }, iops: 3000, throughput: 125, encryption: SNOWFLAKE_SSE, snapshotOnDelete: true, snapshotDeleteAfter: 7d } }
  - { name: work, source: stage, uid: 1000, gid: 100, stageConfig: { name: "@DB.PUBLIC.WORK/folder" } }
  - { name: fast, source: memory, size: 512Mi }
  - { name: scratch, source: local }
  logExporters: { eventTableConfig: { logLevel: INFO } }
  platformMonitor: { metricConfig: { groups: [system, network] } }
  resourceManagement:
    autoScalingPolicies:
      scaleUp:
        anyConditions:
        - metricCondition: { metricName: cpu, aggregationType: avg, stabilizationPeriodSecs: 60, targetScaling: { targetValue: 0.8 } }
  networkPolicyConfig: { allowInternetEgress: false }
capabilities: { securityContext: { executeAsCaller: true } }
serviceRoles: [{ name: notebook_user, endpoints: [jupyter] }]
`;

function problemsOf(text: string): readonly SpecificationProblem[] {
  const reading = readServiceSpecification(text);
  return reading.kind === "problems" ? reading.problems : [];
}

/** A specification with one container and what is added to `spec`. */
function withSpec(added: Record<string, unknown>, container: Record<string, unknown> = {}): string {
  return JSON.stringify({ spec: { containers: [{ name: "a", image, ...container }], ...added } });
}

describe("readServiceSpecification()", () => {
  test("readServiceSpecification() takes every key of Snowflake's reference", () => {
    expect(problemsOf(whole)).toEqual([]);
    expect(parseServiceSpecification(whole).spec.volumes).toHaveLength(4);
  });

  test("readServiceSpecification() reads JSON, in which $$ may be escaped", () => {
    const text = `{"spec":{"containers":[{"name":"a","image":"${image}","env":{"X":"\\u0024$"}}]}}`;
    expect(parseServiceSpecification(text).spec.containers[0]?.env).toEqual({ X: "$$" });
  });

  test("readServiceSpecification() takes numbers and truth values as variables when it is told to", () => {
    const text = `spec:\n  containers:\n  - name: a\n    image: ${image}\n    env: { A: true, B: 1.50, C: 0x10, D: x }\n`;
    const { env } =
      parseServiceSpecification(text, { scalarVariables: true }).spec.containers[0] ?? {};
    expect(env).toEqual({ A: "true", B: "1.50", C: "0x10", D: "x" });
    expect(problemsOf(text).map(({ path }) => path)).toEqual(
      ["A", "B", "C"].map((name) => `spec.containers[0].env.${name}`),
    );
    const nested = text.replace("D: x", "D: [x]").replace("C: 0x10", "C: null");
    expect(readServiceSpecification(nested, { scalarVariables: true })).toMatchObject({
      problems: [{ path: "spec.containers[0].env.C" }, { path: "spec.containers[0].env.D" }],
    });
  });

  test("readServiceSpecification() follows anchors", () => {
    const text = `spec:\n  containers:\n  - name: a\n    image: ${image}\n    readinessProbe: &p { port: 1, path: / }\n    livenessProbe: *p\n`;
    expect(parseServiceSpecification(text).spec.containers[0]?.livenessProbe?.port).toBe(1);
  });

  test("readServiceSpecification() tells the line and the column of an unknown key, and what was meant", () => {
    const [problem, ...others] = problemsOf(
      `spec:\n  containers:\n  - name: a\n    image: ${image}\n    comand: [x]\n`,
    );
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      rule: "unknown-key",
      path: "spec.containers[0].comand",
      line: 5,
      column: 5,
      message: "unknown key. Did you mean command?",
    });
  });

  test("readServiceSpecification() reports all problems of the shape at once", () => {
    const rules = problemsOf(
      "spec:\n  containers:\n  - name: Not_Good\n  endpoints: [{name: a, port: 0}]\n",
    ).map(({ rule, path }) => `${rule} ${path}`);
    expect(rules).toEqual([
      "bad-value spec.containers[0].name",
      "missing-key spec.containers[0]",
      "bad-value spec.endpoints[0].port",
    ]);
  });

  test.each([
    ["", "syntax"],
    ["a: [", "syntax"],
    ["a: 1\na: 2", "syntax"],
    ["--- \na: 1\n---\nb: 1", "syntax"],
    ["just text", "bad-value"],
    ["spec: {containers: []}", "bad-value"],
    [withSpec({}, { image: "/DB/public/repo/milvus" }), "bad-value"],
    [withSpec({}, { image: "milvus:latest" }), "bad-value"],
    [withSpec({}, { env: { A: true } }), "bad-value"],
    [withSpec({}, { name: "a".repeat(64) }), "bad-value"],
    [
      withSpec({
        endpoints: Array.from({ length: 101 }, (_, i) => ({ name: `e${i}`, port: 1 + i })),
      }),
      "bad-value",
    ],
    [withSpec({ endpoints: [{ name: "e", port: 65_536 }] }), "bad-value"],
    [
      withSpec({
        endpoints: [
          { name: "e", port: 1 },
          { name: "e", port: 2 },
        ],
      }),
      "duplicate-name",
    ],
    [withSpec({ endpoints: [{ name: "e" }] }), "combination"],
    [withSpec({ endpoints: [{ name: "e", portRange: "1-2" }] }), "combination"],
    [withSpec({ endpoints: [{ name: "e", portRange: "2-1", protocol: "TCP" }] }), "bad-value"],
    [
      withSpec({ endpoints: [{ name: "e", port: 1, protocol: "TCP", public: true }] }),
      "public-not-http",
    ],
    [withSpec({}, { volumeMounts: [{ name: "v", mountPath: "/v" }] }), "unknown-name"],
    [withSpec({ volumes: [{ name: "v", source: "@files" }] }), "stage-mount-v1"],
    [withSpec({ volumes: [{ name: "v", source: "stage" }] }), "missing-key"],
    [withSpec({ volumes: [{ name: "v", source: "block" }] }), "missing-key"],
    [withSpec({ volumes: [{ name: "v", source: "block", size: "500Mi" }] }), "bad-value"],
    [withSpec({ volumes: [{ name: "v", source: "local", size: "1Gi" }] }), "combination"],
    [withSpec({ volumes: [{ name: "v", source: "block", size: "1Gi", uid: 1 }] }), "combination"],
    [
      withSpec({
        volumes: ["a", "b", "c", "d"].map((name) => ({ name, source: "block", size: "1Gi" })),
      }),
      "bad-value",
    ],
    [
      withSpec({}, { resources: { requests: { memory: "2Gi" }, limits: { memory: "1024Mi" } } }),
      "combination",
    ],
    [
      withSpec({}, { resources: { requests: { cpu: "1500m" }, limits: { cpu: 1 } } }),
      "combination",
    ],
    [withSpec({}, { resources: { requests: { "nvidia.com/gpu": 1 } } }), "combination"],
    [withSpec({}, { secrets: [{ snowflakeSecret: "S" }] }), "combination"],
    [withSpec({}, { secrets: [{ snowflakeSecret: "S", envVarName: "A" }] }), "combination"],
    [
      withSpec(
        {},
        {
          secrets: [
            { snowflakeSecret: { objectName: "S", objectReference: "R" }, directoryPath: "/s" },
          ],
        },
      ),
      "combination",
    ],
    [
      '{"spec":{"containers":[{"name":"a","image":"/a/b/c/d"}]},"serviceRoles":[{"name":"r","endpoints":["e"]}]}',
      "unknown-name",
    ],
  ])("readServiceSpecification() refuses %.60s as %s", (text, rule) => {
    expect(problemsOf(text).map((problem) => problem.rule)).toContain(rule);
  });

  test("readServiceSpecification() reads at most 262144 characters, nested as deep as they may be", () => {
    expect(problemsOf("x".repeat(262_145))[0]?.message).toContain("at most 262144 are read");
    expect(problemsOf("[".repeat(262_144)).map(({ rule }) => rule)).toContain("syntax");
  });

  test("readServiceSpecification() takes old stage mounts where they are still allowed", () => {
    const text = withSpec({ volumes: [{ name: "v", source: "@files", uid: 1000 }] });
    expect(readServiceSpecification(text, { stageMountsV1: true }).kind).toBe("specification");
    expect(problemsOf(text)[0]?.message).toBe(
      "stage mount v1 not supported, please use v2 instead",
    );
  });

  test("readServiceSpecification() bounds what aliases expand to", () => {
    const rows = Array.from(
      { length: 12 },
      (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(12)}]`,
    );
    expect(problemsOf(`a0: &a0 [x]\n${rows.join("\n")}`)).not.toEqual([]);
  });
});

describe("parseServiceSpecification()", () => {
  test("parseServiceSpecification() throws what is wrong with its places", () => {
    expect(() => parseServiceSpecification("spec:\n  containers: 1\n")).toThrowError(
      expect.objectContaining({
        code: "invalid-configuration",
        message: expect.stringContaining("2:15: spec.containers: must be a list"),
      }),
    );
  });
});
