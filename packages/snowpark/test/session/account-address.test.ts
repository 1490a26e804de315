import { describe, expect, test } from "vitest";
import { SnowparkError } from "../../src/base/snowpark-error.ts";
import {
  type AccountAddress,
  accountOfAssertion,
  accountUrl,
} from "../../src/session/account-address.ts";

function refusalOf(address: AccountAddress): SnowparkError {
  try {
    accountUrl(address);
  } catch (error) {
    if (error instanceof SnowparkError) return error;
    throw error;
  }
  throw new Error("It was taken");
}

describe("accountUrl()", () => {
  test.each([
    [{ account: "My_Org-Acct" }, "https://my-org-acct.snowflakecomputing.com/"],
    [{ account: "xy12345.eu-central-1" }, "https://xy12345.eu-central-1.snowflakecomputing.com/"],
    [{ account: "xy1.cn-north-1" }, "https://xy1.cn-north-1.snowflakecomputing.cn/"],
    [{ account: "o-a.privatelink" }, "https://o-a.privatelink.snowflakecomputing.com/"],
    [{ account: "o-a", host: "sf.example.com", port: 8443 }, "https://sf.example.com:8443/"],
    [{ account: "o-a", protocol: "HTTPS" }, "https://o-a.snowflakecomputing.com/"],
    [{ account: "o-a", host: "127.0.0.1", port: 80, protocol: "http" }, "http://127.0.0.1/"],
    [{ account: "o-a", host: "localhost", protocol: "http" }, "http://localhost/"],
    [{ account: "o-a", host: "a.localhost", protocol: "http" }, "http://a.localhost/"],
    [{ account: "o-a", host: "[::1]", protocol: "http" }, "http://[::1]/"],
  ] as [AccountAddress, string][])("of %j is %s", (address, url) => {
    expect(accountUrl(address).href).toBe(url);
  });

  test.each([
    // Taken as they are, these would carry the sign-in to another host.
    [{ account: "https://o-a.snowflakecomputing.com" }, /account .*https:\/\//, /account = "o-a"/],
    [{ account: "o-a.snowflakecomputing.com" }, /account/, /account = "o-a"/],
    [{ account: "evil.example/" }, /account "evil\.example\/"/, /organization/],
    [{ account: "o-a@evil.example" }, /account/, /organization/],
    [{ account: "evil.example#" }, /account/, /organization/],
    [{ account: "evil.example?" }, /account/, /organization/],
    [{ account: "o a" }, /account/, /organization/],
    [{ account: "" }, /account ""/, /organization/],
    [{ account: "o-a", host: "https://h" }, /host "https:\/\/h"/, /host's name alone/],
    [{ account: "o-a", host: "user@evil.example" }, /host/, /name alone/],
    [{ account: "o-a", host: "h/x" }, /host/, /name alone/],
    [{ account: "o-a", host: "h:443" }, /host/, /port/],
    [{ account: "o-a", protocol: "ftp" }, /protocol "ftp"/, /https/],
    [{ account: "o-a", protocol: "https:" }, /protocol/, /https/],
    // What signs in would be read by everybody on the way.
    [{ account: "o-a", protocol: "http" }, /unencrypted/, /https/],
    [{ account: "o-a", host: "localhost.evil.example", protocol: "http" }, /unencrypted/, /https/],
    [{ account: "o-a", host: "127.0.0.1.evil.example", protocol: "http" }, /unencrypted/, /https/],
  ] as [AccountAddress, RegExp, RegExp][])("refuses %j", (address, message, remedy) => {
    const error = refusalOf(address);
    expect(error.code).toBe("invalid-configuration");
    expect(error.message).toMatch(message);
    expect(error.details.remedy).toMatch(remedy);
  });
});

describe("accountOfAssertion()", () => {
  test.each([
    ["my_org-acct", "MY_ORG-ACCT"],
    ["xy12345.eu-central-1", "XY12345"],
    ["o-a.privatelink", "O-A"],
    ["xy12345-abc.global", "XY12345"],
  ])("of %s is %s", (account, shown) => {
    expect(accountOfAssertion(account)).toBe(shown);
  });
});
