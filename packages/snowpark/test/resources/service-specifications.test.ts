import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultConfig } from "../../src/config/snowpark-config.ts";
import { notebookSpecification } from "../../src/resources/notebook-specification.ts";
import { serverSpecification } from "../../src/resources/server-specification.ts";
import { cpuCount, memoryBytes } from "../../src/specification/quantity.ts";
import { parseServiceSpecification } from "../../src/specification/read-service-specification.ts";
import { configurations, imagesFor } from "../plan/configurations.ts";

test("serverSpecification() and notebookSpecification() make specifications that pass their own check", () => {
  fc.assert(
    fc.property(configurations, (config) => {
      const deployment = { config, images: imagesFor(config) };
      const { notebook } = deployment.images;
      const made = [
        serverSpecification(deployment),
        ...(notebook === undefined ? [] : [notebookSpecification(deployment, notebook)]),
      ];
      for (const specification of made) {
        expect(parseServiceSpecification(JSON.stringify(specification))).toEqual(specification);
      }
    }),
  );
});

test.each(["CPU_X64_XS", "CPU_X64_S", "CPU_X64_M", "HIGHMEM_X64_L"])(
  "serverSpecification() and notebookSpecification() fit together on a node of %s",
  (instanceFamily) => {
    const base = defaultConfig();
    const config = { ...base, pool: { ...base.pool, instanceFamily } };
    const deployment = { config, images: imagesFor(config) };
    const both = [
      serverSpecification(deployment),
      notebookSpecification(deployment, deployment.images.server),
    ].map(({ spec }) => spec.containers[0]?.resources);
    const gibibytes = { CPU_X64_XS: 6, CPU_X64_S: 13, CPU_X64_M: 28, HIGHMEM_X64_L: 984 };
    const node = gibibytes[instanceFamily as keyof typeof gibibytes] * 2 ** 30;
    const sum = (amounts: readonly (number | undefined)[]): number =>
      amounts.reduce<number>((total, amount) => total + (amount ?? Number.NaN), 0);
    expect(sum(both.map((one) => memoryBytes(one?.limits?.memory ?? "")))).toBeLessThan(node);
    expect(sum(both.map((one) => cpuCount(one?.requests?.cpu ?? "")))).toBeLessThanOrEqual(1);
  },
);

test("serverSpecification() asks little of a node that it does not know, and sets no limit", () => {
  const base = defaultConfig();
  const config = { ...base, pool: { ...base.pool, instanceFamily: "GEN_X64_G2_4" } };
  const [container] = serverSpecification({ config, images: imagesFor(config) }).spec.containers;
  expect(container?.resources).toEqual({ requests: { memory: "1Gi", cpu: 0.5 } });
});

test("serverSpecification() keeps all of Milvus's state on the volume, its embedded etcd's too", () => {
  const config = { ...defaultConfig(), engine: { kind: "milvus", version: "2.6.4" } as const };
  const { spec } = serverSpecification({ config, images: imagesFor(config) });
  const [container] = spec.containers;
  const [mount] = container?.volumeMounts ?? [];
  expect(mount).toEqual({ name: "data", mountPath: "/var/lib/milvus" });
  expect(container?.env?.["ETCD_DATA_DIR"]).toBe("/var/lib/milvus/etcd");
  expect(container?.env?.["COMMON_SECURITY_AUTHORIZATIONENABLED"]).toBe("true");
  expect(spec.volumes?.[0]).toMatchObject({ source: "block", size: "10Gi" });
});

test("serverSpecification() opens only the API to the outside, and that only when asked to", () => {
  const base = defaultConfig();
  const publicEndpoints = (isPublic: boolean): string[] => {
    const config = { ...base, rest: { public: isPublic } };
    const { spec } = serverSpecification({ config, images: imagesFor(config) });
    return (spec.endpoints ?? []).filter((one) => one.public === true).map(({ name }) => name);
  };
  expect(publicEndpoints(true)).toEqual(["milvus"]);
  expect(publicEndpoints(false)).toEqual([]);
});
