import fc from "fast-check";
import { defaultConfig, type SnowparkConfig } from "../../src/config/snowpark-config.ts";
import type { DeploymentImages } from "../../src/resources/deployment.ts";
import type { DeploymentImage } from "../../src/resources/resource.ts";

/** An image by its name alone: none of these is ever built. */
export function namedImage(name: string, tag: string): DeploymentImage {
  return { name, tag, dataFolder: `/var/lib/${name}`, owner: { uid: 1000, gid: 100 } };
}

/** The images that a configuration runs. */
export function imagesFor(
  config: SnowparkConfig,
  tag: string = "1.0.0-aaaaaaaaaaaa",
): DeploymentImages {
  const server =
    config.engine.kind === "redkite"
      ? namedImage("redkite", tag)
      : namedImage("milvus", `v${config.engine.version}`);
  return config.notebook ? { server, notebook: namedImage("notebook", tag) } : { server };
}

/** What a configuration says besides its names. Every combination of it can be deployed. */
export const configurations: fc.Arbitrary<SnowparkConfig> = fc
  .record({
    engine: fc.constantFrom<SnowparkConfig["engine"]>(
      { kind: "redkite" },
      { kind: "milvus", version: "2.6.4" },
    ),
    notebook: fc.boolean(),
    users: fc.subarray(["ANALYST", 'odd user "x"']),
    pool: fc.record({
      instanceFamily: fc.constantFrom("CPU_X64_S", "CPU_X64_M", "HIGHMEM_X64_S"),
      minNodes: fc.constant(1),
      maxNodes: fc.integer({ min: 1, max: 3 }),
      autoSuspendSeconds: fc.constantFrom(600, 3600),
    }),
    storage: fc.record({ size: fc.constantFrom("10Gi", "64Gi") }),
    backup: fc.record({ onDelete: fc.boolean(), keep: fc.constant(7) }),
    egress: fc.subarray(["pypi.org:443", "files.pythonhosted.org:443"]),
    warehouse: fc.record({
      enabled: fc.boolean(),
      size: fc.constantFrom("X-SMALL", "SMALL"),
      autoSuspendSeconds: fc.constantFrom(60, 120),
    }),
    rest: fc.record({ public: fc.boolean() }),
    schema: fc.constantFrom("PUBLIC", "VECTORS"),
    stage: fc.constantFrom("NOTEBOOKS", "note $$ 'books'"),
  })
  .map(({ schema, stage, ...parts }) => {
    const base = defaultConfig("milvus");
    return { ...base, ...parts, names: { ...base.names, schema, stage } };
  });
