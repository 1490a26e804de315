import { beforeEach, describe, expect, it } from "vitest";
import { ingressHost } from "../../../src/simulator/account/addresses.ts";
import type { ServiceObject } from "../../../src/simulator/account/state.ts";
import type { TestAccount } from "./test-account.ts";
import { create, prepared } from "./test-service.ts";

let test: TestAccount;

beforeEach(async () => {
  test = await prepared();
  await test.run(create());
  await test.runAll([
    "GRANT USAGE ON DATABASE DB TO ROLE PUBLIC",
    "GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE PUBLIC",
    "GRANT SERVICE ROLE SVC!ALL_ENDPOINTS_USAGE TO ROLE PUBLIC",
  ]);
});

/** The address that an endpoint has, or would have. */
function hostOf(endpoint: string): string {
  const service = test.account
    .toJSON()
    .objects.find((object): object is ServiceObject => object.type === "SERVICE");
  if (service === undefined) throw new Error("No service");
  const names = { organization: "MYORG", account: "MY_ACCOUNT" };
  return ingressHost({ names, now: () => test.time, behaviour: "2026" }, service, endpoint);
}

const enter = (endpoint: string, role?: string) =>
  test.account.enterIngress(hostOf(endpoint), {
    user: "ANALYST",
    ...(role === undefined ? {} : { role }),
  });

describe("SimulatedAccount's ingress", () => {
  it("an address leads nowhere until it is provisioned, and nobody in until the service runs", async () => {
    expect(enter("web")).toMatchObject({ kind: "refusal", status: 404 });
    await test.wait(60_000);
    expect(enter("web")).toMatchObject({ kind: "refusal", status: 503 });
    await test.wait(120_000);
    expect(enter("web")).toMatchObject({ kind: "target", endpoint: "web" });
  });

  it("only public endpoints have an address", async () => {
    await test.wait(600_000);
    for (const endpoint of ["sf", "grpc"]) {
      expect(enter(endpoint)).toMatchObject({ kind: "refusal", status: 404 });
    }
  });

  it("lets in nobody by a service role that another role was given", async () => {
    await test.wait(600_000);
    await test.runAll([
      "REVOKE SERVICE ROLE SVC!ALL_ENDPOINTS_USAGE FROM ROLE PUBLIC",
      "GRANT USAGE ON SERVICE SVC TO ROLE PUBLIC",
      "GRANT SERVICE ROLE SVC!visitor TO ROLE SYSADMIN",
    ]);
    expect(enter("web")).toMatchObject({ kind: "refusal", status: 403 });
  });

  it("lets in neither a disabled user, nor one with a role of others", async () => {
    await test.wait(600_000);
    expect(enter("web", "OWNER")).toMatchObject({ kind: "refusal", status: 403 });
    await test.run("ALTER USER ANALYST SET DISABLED = TRUE", { role: "ACCOUNTADMIN" });
    expect(enter("web")).toMatchObject({ kind: "refusal", status: 403 });
  });

  it.each(["ACCOUNTADMIN", "SECURITYADMIN", "ORGADMIN"])(
    "lets in nobody as %s, who may do everything",
    async (role) => {
      await test.wait(600_000);
      expect(test.account.enterIngress(hostOf("web"), { user: "ADMIN", role })).toMatchObject({
        kind: "refusal",
        status: 403,
        message: "invalid consent request",
      });
    },
  );
});
