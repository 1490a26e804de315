import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { SnowparkError } from "../../src/base/snowpark-error.ts";
import { accountOfAssertion, accountUrl } from "../../src/session/account-address.ts";
import { readKeyPair } from "../../src/session/key-pair.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const plain = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const encrypted = privateKey
  .export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "open sesame" })
  .toString();

function failure(read: () => unknown): SnowparkError {
  try {
    read();
  } catch (error) {
    if (error instanceof SnowparkError) return error;
  }
  throw new Error("Nothing was thrown");
}

describe("readKeyPair", () => {
  const { fingerprint } = readKeyPair(plain);

  test("reads every form of one key", () => {
    const pkcs1 = privateKey.export({ format: "pem", type: "pkcs1" }).toString();
    const base64 = plain.replaceAll(/-----[A-Z ]+-----|\s/g, "");
    for (const text of [pkcs1, base64, plain.replaceAll("\n", "\\n")]) {
      expect(readKeyPair(text).fingerprint).toBe(fingerprint);
    }
    expect(readKeyPair(encrypted, "open sesame").fingerprint).toBe(fingerprint);
    expect(fingerprint).toMatch(/^SHA256:[\w+/]{43}=$/);
  });

  test.each([
    ["a wrong passphrase", () => readKeyPair(encrypted, "shut"), /passphrase is wrong/],
    ["no passphrase", () => readKeyPair(encrypted), /encrypted/],
    ["no key", () => readKeyPair("hello"), /not a PEM key/],
    [
      "a key of another kind",
      () => {
        const pair = generateKeyPairSync("ed25519");
        return readKeyPair(pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString());
      },
      /ed25519, not RSA/,
    ],
  ])("refuses %s", (_what, read, text) => {
    const error = failure(read);
    expect(error.code).toBe("invalid-configuration");
    expect(error.message).toMatch(text);
    expect(error.message).not.toContain("shut");
  });
});

describe("accountUrl", () => {
  test.each([
    [{ account: "MyOrg-My_Account" }, "https://myorg-my-account.snowflakecomputing.com/"],
    [{ account: "xy12345.eu-central-1" }, "https://xy12345.eu-central-1.snowflakecomputing.com/"],
    [
      { account: "xy12345.cn-northwest-1.aws" },
      "https://xy12345.cn-northwest-1.aws.snowflakecomputing.cn/",
    ],
    [{ account: "a-b", host: "127.0.0.1", port: 4711, protocol: "http" }, "http://127.0.0.1:4711/"],
  ])("of %j is %s", (address, url) => {
    expect(accountUrl(address).href).toBe(url);
  });
});

describe("accountOfAssertion", () => {
  test.each([
    ["myorg-my_account", "MYORG-MY_ACCOUNT"],
    ["xy12345.eu-central-1.aws", "XY12345"],
    ["acct.privatelink", "ACCT"],
    ["acct-x1234.global", "ACCT"],
  ])("of %s is %s", (account, named) => {
    expect(accountOfAssertion(account)).toBe(named);
  });
});
