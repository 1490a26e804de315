import { expect, test } from "vitest";
import { usageLike } from "../../src/resources/owner-grants.ts";
import { privilegeGrants } from "../../src/resources/privilege-grants.ts";
import type { Observation } from "../../src/resources/resource.ts";
import type { SqlRow } from "../../src/session/snow-session.ts";
import { SmallAccount } from "../plan/hand-made.ts";

function observe(rows: readonly SqlRow[]): Promise<Observation> {
  const account = new SmallAccount();
  account.execute = async () => ({ queryId: "1", columns: [], rows });
  const resource = privilegeGrants({
    id: "owner grants I",
    kind: "owner grants",
    name: "I",
    dependsOn: [],
    role: "R",
    reader: "ACCOUNTADMIN",
    privileges: [usageLike({ privilege: "USAGE", kind: "INTEGRATION", name: "I", by: "A" })],
  });
  return resource.observe({ session: account, schemaReader: async () => "R", newSecret: () => "" });
}

// Since Snowflake's change 2371 (bundle 2026_06) the column has the specific type.
test.each(["INTEGRATION", "EXTERNAL_ACCESS_INTEGRATION", "EXTERNAL ACCESS INTEGRATION"])(
  "privilegeGrants() knows a grant on %s",
  async (granted_on) => {
    expect(await observe([{ privilege: "USAGE", granted_on, name: "I" }])).toMatchObject({
      kind: "present",
      changes: [],
    });
  },
);

test.each([
  { privilege: "OWNERSHIP", granted_on: "INTEGRATION", name: "I" },
  { privilege: "USAGE", granted_on: "DATABASE", name: "I" },
  { privilege: "USAGE", granted_on: "REINTEGRATION", name: "I" },
  { privilege: "USAGE", granted_on: "INTEGRATION", name: "J" },
])("privilegeGrants() does not take %j for it", async (row) => {
  expect((await observe([row])).kind).toBe("absent");
});
