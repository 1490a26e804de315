import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { databaseToken, RootPassword } from "../../src/cli/snowpark/root-password.ts";

async function keptPassword(): Promise<RootPassword> {
  const folder = await mkdtemp(join(tmpdir(), "redkite-password-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return new RootPassword(folder, { account: "../org-account", name: "milvus" });
}

it("databaseToken() takes the environment's password before the one that is kept", async () => {
  const rootPassword = await keptPassword();
  expect(await databaseToken({ rootPassword, environment: {} })).toBeUndefined();
  const kept = await rootPassword.make();
  const environment = { REDKITE_ROOT_PASSWORD: "given" };
  expect(await databaseToken({ rootPassword, environment })).toBe("root:given");
  expect(await databaseToken({ rootPassword, environment: {} })).toBe(`root:${kept}`);
});

it("databaseToken() takes an empty variable for none: no database is opened with nothing", async () => {
  const rootPassword = await keptPassword();
  const kept = await rootPassword.make();
  const environment = { REDKITE_ROOT_PASSWORD: "" };
  expect(await databaseToken({ rootPassword, environment })).toBe(`root:${kept}`);
});

it("RootPassword keeps what it made, in its own folder, for its owner alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "redkite-password-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const rootPassword = new RootPassword(folder, { account: "../../x", name: "milvus" });
  const made = await rootPassword.make();
  expect(made).toMatch(/^[\w-]{32}$/);
  expect(await rootPassword.make()).toBe(made);
  const { mode } = await stat(join(folder, ".._.._x-milvus.password"));
  expect(mode & 0o777).toBe(0o600);
});
