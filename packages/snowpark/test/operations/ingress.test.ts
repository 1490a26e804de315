import { afterEach, describe, expect, it } from "vitest";
import { askIngress, ingressOrigin } from "../../src/operations/ingress.ts";
import { type SmallServer, startSmallServer } from "./small-server.ts";

describe("ingressOrigin()", () => {
  it.each([
    [
      "abcdef-myorg-acct.snowflakecomputing.app",
      "https://abcdef-myorg-acct.snowflakecomputing.app",
    ],
    ["abcdef-myorg-acct.localhost:4711", "http://abcdef-myorg-acct.localhost:4711"],
    ["127.0.0.1:80", "http://127.0.0.1"],
    ["localhost.example.com", "https://localhost.example.com"],
    ["notlocalhost", "https://notlocalhost"],
  ])("takes https for all but this machine: %s", (host, origin) => {
    expect(ingressOrigin(host).origin).toBe(origin);
  });
});

describe("askIngress()", () => {
  let server: SmallServer | undefined;
  afterEach(async () => {
    await server?.close();
  });

  it("finds names under localhost on this machine, whatever the system's resolver says", async () => {
    server = await startSmallServer(({ headers }) => ({ body: headers.host }));
    const url = new URL(`http://no-such-name.localhost:${server.port}/path`);
    const answer = await askIngress(url, { method: "GET" });
    expect(answer).toEqual({ status: 200, text: `no-such-name.localhost:${server.port}` });
  });

  it("says network for a host that does not answer", async () => {
    const gone = await startSmallServer(() => ({}));
    await gone.close();
    const url = new URL(`http://127.0.0.1:${gone.port}/`);
    await expect(askIngress(url, { method: "GET" })).rejects.toMatchObject({ code: "network" });
  });

  it("says cancelled when the signal is aborted", async () => {
    server = await startSmallServer(() => ({}));
    const url = new URL(`http://127.0.0.1:${server.port}/`);
    const signal = AbortSignal.abort();
    await expect(askIngress(url, { method: "GET", signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});
