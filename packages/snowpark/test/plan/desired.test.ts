import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultConfig, type SnowparkConfig } from "../../src/config/snowpark-config.ts";
import { desired, possible } from "../../src/plan/desired.ts";
import { configurations, imagesFor } from "./configurations.ts";

function idsOf(config: SnowparkConfig): string[] {
  return desired({ config, images: imagesFor(config) }).map(({ id }) => id);
}

describe("desired()", () => {
  test("desired() names each resource once and depends on none that it leaves out", () => {
    fc.assert(
      fc.property(configurations, (config) => {
        const resources = desired({ config, images: imagesFor(config) });
        const ids = new Set(resources.map(({ id }) => id));
        expect(ids.size).toBe(resources.length);
        expect(
          resources.flatMap(({ dependsOn }) => dependsOn).filter((id) => !ids.has(id)),
        ).toEqual([]);
      }),
    );
  });

  test("desired() makes everything that a default deployment needs", () => {
    expect(idsOf(defaultConfig())).toEqual([
      "role MILVUS_OWNER",
      "role grants MILVUS_OWNER",
      "owner grants MILVUS_OWNER",
      "role MILVUS_USER",
      "role grants MILVUS_USER",
      "compute pool MILVUS_POOL",
      "warehouse MILVUS_WH",
      "database MILVUS_DB",
      "schema MILVUS_DB.PUBLIC",
      "image repository MILVUS_DB.PUBLIC.MILVUS_REPO",
      "image redkite:1.0.0-aaaaaaaaaaaa",
      "secret MILVUS_DB.PUBLIC.MILVUS_ROOT",
      "image notebook:1.0.0-aaaaaaaaaaaa",
      "stage MILVUS_DB.PUBLIC.MILVUS_NOTEBOOKS",
      "service MILVUS_DB.PUBLIC.MILVUS",
      "service MILVUS_DB.PUBLIC.MILVUS_NOTEBOOK",
      "user grants MILVUS_USER",
      "function MILVUS_DB.PUBLIC.REDKITE_SEARCH(VARCHAR, ARRAY, NUMBER)",
      "function MILVUS_DB.PUBLIC.REDKITE_SEARCH_TEXT(VARCHAR, VARCHAR, NUMBER)",
      "function MILVUS_DB.PUBLIC.REDKITE_INSERT(VARCHAR, VARIANT)",
      "function MILVUS_DB.PUBLIC.REDKITE_EMBED(VARCHAR)",
      "user grants functions",
      "user grants MILVUS_DB.PUBLIC.MILVUS_NOTEBOOK!NOTEBOOK_USER",
    ]);
  });

  test("desired() leaves out what is there already", () => {
    const config: SnowparkConfig = {
      ...defaultConfig(),
      existing: ["ownerRole", "userRole", "warehouse", "database", "schema"],
    };
    const kinds = new Set(desired({ config, images: imagesFor(config) }).map(({ kind }) => kind));
    for (const kind of [
      "role",
      "role grants",
      "owner grants",
      "warehouse",
      "database",
      "schema",
    ] as const) {
      expect(kinds).not.toContain(kind);
    }
  });

  test("desired() makes no network rule and no integration unless hosts are asked for", () => {
    const egress = (hosts: string[]): string[] =>
      idsOf({ ...defaultConfig(), egress: hosts }).filter((id) => id.includes("EGRESS"));
    expect(egress([])).toEqual([]);
    expect(egress(["pypi.org:443"])).toEqual([
      "network rule MILVUS_DB.PUBLIC.MILVUS_EGRESS",
      "external access integration MILVUS_EGRESS",
      "owner grants MILVUS_EGRESS",
    ]);
  });

  test.each([
    [{ names: { ...defaultConfig().names, database: "My db" } }, "names.database"],
    [{ names: { ...defaultConfig().names, service: "milvus" } }, "names.service"],
    [{ existing: ["userRole"], users: ["ANALYST"] }, "users can't be given"],
    [{ existing: ["schema"] }, "an existing schema lies in an existing database"],
  ] as const)("desired() refuses %j", (parts, message) => {
    const config: SnowparkConfig = { ...defaultConfig(), ...parts };
    expect(() => idsOf(config)).toThrowError(
      expect.objectContaining({
        code: "invalid-configuration",
        message: expect.stringContaining(message),
      }),
    );
  });

  test("desired() refuses a notebook without an image", () => {
    const config = defaultConfig();
    const { server } = imagesFor(config);
    expect(() => desired({ config, images: { server } })).toThrowError("it has no image");
  });
});

test("possible() adds what another configuration of the same names would have made", () => {
  const config: SnowparkConfig = {
    ...defaultConfig(),
    engine: { kind: "milvus", version: "2.6.4" },
    notebook: false,
    warehouse: { ...defaultConfig().warehouse, enabled: false },
  };
  const deployment = { config, images: imagesFor(config) };
  const own = new Set(desired(deployment).map(({ id }) => id));
  const kinds = possible(deployment)
    .filter(({ id, atEnd }) => !own.has(id) && atEnd === "removed")
    .map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(
    new Set(["warehouse", "network rule", "external access integration", "service", "function"]),
  );
});
