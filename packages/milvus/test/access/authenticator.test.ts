import { describe, expect, it } from "vitest";
import { type AccessState, initialAccess } from "../../src/access/access-state.ts";
import { Authenticator } from "../../src/access/authenticator.ts";
import { cheapHash } from "./cheap-hash.ts";

const state = withPassword(cheapHash("Milvus"));
const changed = withPassword(cheapHash("Milvus2"));

function withPassword(password: string): AccessState {
  return { ...initialAccess, users: [{ ...initialAccess.users[0], password }] };
}

const header = (user: string, password: string) =>
  Buffer.from(`${user}:${password}`).toString("base64");
const peer = "10.0.0.1";
const wrong = "auth check failure, please check username and password are correct";

describe("Authenticator.authenticate()", () => {
  it("tells who has signed in", async () => {
    const authenticator = new Authenticator(() => 0);
    expect(await authenticator.authenticate(state, header("root", "Milvus"), peer)).toBe("root");
  });

  it.each([
    ["no header", undefined, "missing authorization in header"],
    ["an empty header", "", "missing authorization in header"],
    ["what is no base64", "root:Milvus", "invalid token format"],
    ["a key", "a2V5", "auth check failure, please check api key is correct"],
    ["a wrong password", header("root", "milvus"), wrong],
    ["an empty password", header("root", ""), wrong],
    ["an unknown user", header("ana", "Milvus"), wrong],
  ])("refuses %s", async (_what, given, message) => {
    const authenticator = new Authenticator(() => 0);
    await expect(authenticator.authenticate(state, given, peer)).rejects.toMatchObject({
      name: "AccessError",
      kind: "unauthenticated",
      message,
    });
  });

  it("refuses a user who has no password", async () => {
    const authenticator = new Authenticator(() => 0);
    const signIn = authenticator.authenticate(initialAccess, header("root", ""), peer);
    await expect(signIn).rejects.toMatchObject({ message: wrong });
  });

  it("forgets a password that has been changed", async () => {
    const authenticator = new Authenticator(() => 0);
    await authenticator.authenticate(state, header("root", "Milvus"), peer);
    const old = authenticator.authenticate(changed, header("root", "Milvus"), peer);
    await expect(old).rejects.toMatchObject({ message: wrong });
    expect(await authenticator.authenticate(changed, header("root", "Milvus2"), peer)).toBe("root");
  });

  it("checks a password once for all who bring it at the same time", async () => {
    const authenticator = new Authenticator(() => 0);
    const users = await Promise.all(
      Array.from({ length: 50 }, () =>
        authenticator.authenticate(state, header("root", "Milvus"), peer),
      ),
    );
    expect(new Set(users)).toEqual(new Set(["root"]));
  });

  it("stops to check who has failed too often, but not who had signed in", async () => {
    const authenticator = new Authenticator(() => 0);
    await authenticator.authenticate(state, header("root", "Milvus"), peer);
    const guess = (i: number) =>
      authenticator.authenticate(state, header("root", `guess${i}`), peer).catch(() => "refused");
    await Promise.all(Array.from({ length: 8 }, (_, i) => guess(i)));
    expect(await authenticator.authenticate(state, header("root", "Milvus"), peer)).toBe("root");
    const late = authenticator.authenticate(changed, header("root", "Milvus2"), peer);
    await expect(late).rejects.toMatchObject({ message: wrong });
    const elsewhere = authenticator.authenticate(changed, header("root", "Milvus2"), "10.0.0.2");
    expect(await elsewhere).toBe("root");
  });

  it.each([
    ["the same IPv4 in IPv6's clothes", "10.0.0.1", "::ffff:10.0.0.1"],
    ["another address of the same network", "2001:db8:0:1::5", "2001:db8:0:1:a:b:c:d"],
    ["a shorter one of the same network", "2001:db8::5", "2001:db8::7"],
    ["the same with a zone", "fe80::1%eth0", "fe80::2"],
  ])("counts failures from %s together", async (_what, first, second) => {
    const authenticator = new Authenticator(() => 0);
    const from = (address: string, password: string) =>
      authenticator.authenticate(state, header("root", password), address).catch(() => "refused");
    for (let i = 0; i < 5; i++) await from(first, `guess${i}`);
    expect(await from(second, "Milvus")).toBe("refused");
    expect(await from("2001:db8:0:2::5", "Milvus")).toBe("root");
  });

  it("checks no more than twenty passwords of an address at a time", async () => {
    const authenticator = new Authenticator(() => 0);
    const guess = (i: number) =>
      authenticator.authenticate(state, header(`user${i}`, "guess"), peer).catch(() => "refused");
    const guesses = Array.from({ length: 25 }, (_, i) => guess(i));
    // The address has all its places taken; others have theirs.
    const late = authenticator.authenticate(state, header("root", "Milvus"), peer);
    await expect(late).rejects.toMatchObject({ message: wrong });
    const elsewhere = authenticator.authenticate(state, header("root", "Milvus"), "10.0.0.2");
    expect(await elsewhere).toBe("root");
    await Promise.all(guesses);
    expect(await authenticator.authenticate(state, header("root", "Milvus"), peer)).toBe("root");
  });
});
