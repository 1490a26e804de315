import { expect, test } from "vitest";
import { defaultConfig } from "../../src/config/snowpark-config.ts";
import { roleGrants } from "../../src/resources/role-grants.ts";
import { imagesFor } from "../plan/configurations.ts";
import { SmallAccount } from "../plan/hand-made.ts";

const config = defaultConfig();

/** Who is taken off the role when these users hold it and nobody should. */
async function revokedFrom(...holders: readonly string[]): Promise<string[]> {
  const account = new SmallAccount();
  account.execute = async () => ({
    queryId: "1",
    columns: [],
    rows: holders.map((holder) => ({ granted_to: "USER", grantee_name: holder })),
  });
  const resource = roleGrants({ config, images: imagesFor(config) }, "R", {
    roles: [],
    users: [],
    deployer: false,
    exclusive: true,
  });
  const context = { session: account, schemaReader: async () => "R", newSecret: () => "x" };
  const observation = await resource.observe(context);
  const changes = observation.kind === "present" ? observation.changes : [];
  return changes
    .flatMap(({ steps }) => steps)
    .map((step) => (step.kind === "statement" ? step.statement.sql : ""));
}

test("roleGrants() names a user as the account shows the name, bare or as an identifier", async () => {
  expect(await revokedFrom("ANNA", "anna", 'odd "x"', '"odd ""x"""')).toEqual([
    "REVOKE ROLE R FROM USER ANNA",
    'REVOKE ROLE R FROM USER "anna"',
    'REVOKE ROLE R FROM USER "odd ""x"""',
    'REVOKE ROLE R FROM USER "odd ""x"""',
  ]);
});

test("roleGrants() takes no name for SQL, whatever it begins with", async () => {
  expect(await revokedFrom('"a" ; DROP USER "b', '"', '"a"b"')).toEqual([
    'REVOKE ROLE R FROM USER """a"" ; DROP USER ""b"',
    'REVOKE ROLE R FROM USER """"',
    'REVOKE ROLE R FROM USER """a""b"""',
  ]);
});
