import { describe, expect, it } from "vitest";
import { SnowparkError } from "../../src/base/snowpark-error.ts";
import { defaultConfig, type SnowparkConfig } from "../../src/config/snowpark-config.ts";
import { type DoctorCheck, type DoctorTools, examine } from "../../src/operations/doctor.ts";
import { rehearsedOperations } from "./rehearsed-operations.ts";

const tools: DoctorTools = {
  examineImages: async () => "redkite:1 can be built here",
  examineRegistry: async () => undefined,
};

describe("examine()", () => {
  /** The checks by their titles. */
  async function checksOf(
    config: Partial<SnowparkConfig> = {},
    { rehearsed = rehearsedOperations(), with: given = tools } = {},
  ): Promise<Record<string, DoctorCheck>> {
    const context = {
      ...rehearsed.context,
      config: { ...defaultConfig(), users: ["ANALYST"], ...config },
    };
    const checks: Record<string, DoctorCheck> = {};
    for await (const check of examine(context, given)) checks[check.title] = check;
    return checks;
  }

  it("finds nothing that fails in a fresh account, and changes nothing", async () => {
    const rehearsed = rehearsedOperations();
    const before = rehearsed.rehearsal.state();
    const checks = await checksOf({}, { rehearsed });
    expect(Object.values(checks).filter(({ result }) => result === "fail")).toEqual([]);
    expect(Object.keys(checks)).toEqual([
      "Sign-in",
      "Clock",
      "Roles",
      "Privileges",
      "Users",
      "Default role",
      "Instance family",
      "Image registry",
      "Images",
    ]);
    expect(rehearsed.rehearsal.state()).toEqual(before);
  });

  it("warns of users whom the ingress would refuse for their default role", async () => {
    const { "Default role": check } = await checksOf();
    expect(check).toMatchObject({
      result: "warn",
      found: expect.stringContaining("ADMIN (ACCOUNTADMIN)"),
      remedy: expect.stringContaining("SET DEFAULT_ROLE"),
    });
  });

  it.each<[string, Partial<SnowparkConfig>, RegExp]>([
    ["Users", { users: ["NOBODY"] }, /no user NOBODY/],
    ["Roles", { adminRole: "NO_SUCH_ROLE" }, /ADMIN does not have NO_SUCH_ROLE/],
    [
      "Instance family",
      { pool: { ...defaultConfig().pool, instanceFamily: "CPU_X64_XXL" } },
      /CPU_X64_XXL is not in this region/,
    ],
    [
      "Roles",
      { names: { ...defaultConfig().names, ownerRole: "SECURITYADMIN" } },
      /SECURITYADMIN can own no service/,
    ],
    ["Privileges", { adminRole: "SECURITYADMIN" }, /lacks .*BIND SERVICE ENDPOINT/],
  ])("%s: %j fails, with what to do", async (title, config, found) => {
    const check = (await checksOf(config))[title];
    expect(check).toMatchObject({ result: "fail", found: expect.stringMatching(found) });
    expect(check?.remedy).toBeTruthy();
  });

  it("warns of a clock that is off, by how much", async () => {
    const rehearsed = rehearsedOperations();
    const { now, sleep } = rehearsed.context.clock;
    const clock = { now: () => now() + 90_000, sleep };
    const wrong = { ...rehearsed, context: { ...rehearsed.context, clock } };
    const { Clock: check } = await checksOf({}, { rehearsed: wrong });
    expect(check).toMatchObject({ result: "warn", found: expect.stringMatching(/8\d|90 s off/) });
  });

  it("tells what cannot be built or signed in to, and goes on", async () => {
    const failing = (message: string) => async () => {
      throw new SnowparkError("image-failed", message);
    };
    const rehearsed = rehearsedOperations();
    await rehearsed.rehearsal.sql(
      "ACCOUNTADMIN",
      "CREATE DATABASE D",
      "CREATE IMAGE REPOSITORY D.PUBLIC.R",
    );
    const checks = await checksOf(
      {},
      { rehearsed, with: { examineImages: failing("not built"), examineRegistry: failing("401") } },
    );
    expect(checks["Image registry"]).toMatchObject({ result: "fail", found: "401" });
    expect(checks["Images"]).toMatchObject({ result: "fail", found: "not built" });
  });
});
