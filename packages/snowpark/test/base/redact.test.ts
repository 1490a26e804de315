import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSecretName, redact } from "../../src/base/redact.ts";
import { literal } from "../../src/sql/quote.ts";

describe("redact", () => {
  test.each([
    [
      "CREATE USER u PASSWORD='milvus''user\\'ok' DEFAULT_ROLE = R",
      "CREATE USER u PASSWORD=*** DEFAULT_ROLE = R",
    ],
    [
      "CREATE SECRET s TYPE = GENERIC_STRING SECRET_STRING = 'a;b'",
      "CREATE SECRET s TYPE = GENERIC_STRING SECRET_STRING = ***",
    ],
    [
      "ALTER SECRET s SET SECRET_STRING = $$it's$$ COMMENT = 'c'",
      "ALTER SECRET s SET SECRET_STRING = *** COMMENT = 'c'",
    ],
    ["ALTER USER u SET PASSWORD = 'never closed", "ALTER USER u SET PASSWORD = ***"],
    [
      '{"sessionToken":"ab\\"c","validityInSeconds":3600}',
      '{"sessionToken":***,"validityInSeconds":3600}',
    ],
    ['Authorization: Snowflake Token="ver:1-hint:1-ETMs"', "Authorization: Snowflake Token=***"],
    ["authorization: Bearer abcdefghijkl", "authorization: Bearer ***"],
    ["authorization: Basic dXNlcjpwYXNz", "authorization: Basic ***"],
    ["jwt eyJhbGciOiJS.eyJpc3Mi.c2ln here", "jwt *** here"],
    ["token ver:1-hint:92019-ETMsDgAA== here", "token *** here"],
    ["SNOWFLAKE_PASSWORD=hunter2 node x", "SNOWFLAKE_PASSWORD=*** node x"],
    ["GET /x?token=abc&y=1", "GET /x?token=***&y=1"],
    ["https://user:pa55@host/x", "https://user:***@host/x"],
    [
      "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nrest",
      "-----BEGIN PRIVATE KEY-----***\nrest",
    ],
    ["-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE", "-----BEGIN ENCRYPTED PRIVATE KEY-----***"],
  ])("hides what looks like a secret: %s", (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  test.each([
    "CREATE USER u MUST_CHANGE_PASSWORD = FALSE DEFAULT_ROLE = 'R'",
    "SHOW SECRETS LIKE 'MILVUS_ROOT'",
    "GRANT READ ON SECRET MILVUS_DB.PUBLIC.MILVUS_ROOT TO ROLE R",
    "SELECT 'a=b', $$c$$",
  ])("leaves the rest as it is: %s", (text) => {
    expect(redact(text)).toBe(text);
  });

  test("hides a given secret in every spelling", () => {
    // No secret is part of the mark, or there would be no way to hide it.
    const secret = fc
      .string({ minLength: 4, unit: "grapheme" })
      .filter((text) => !text.includes("*"));
    fc.assert(
      fc.property(secret, fc.string(), (value, around) => {
        const spelled = [
          value,
          literal(value),
          JSON.stringify({ value }),
          JSON.stringify(JSON.stringify({ value })),
          encodeURIComponent(value),
          Buffer.from(value).toString("base64"),
        ];
        for (const text of spelled) {
          const shown = redact(`${around}${text}${around}`, [value]);
          expect(redact(text, [value])).not.toContain(value);
          if (!around.includes(value)) expect(shown.split(around).join("")).not.toContain(value);
        }
      }),
    );
  });

  test("takes a long text without slowing down", () => {
    for (const piece of ["a.", "eyJ-", "password", "'", "$$", "a"]) {
      expect(redact(piece.repeat(100_000)).length).toBeGreaterThan(0);
    }
  });

  test("ignores an empty secret", () => {
    expect(redact("abc", [""])).toBe("abc");
  });
});

describe("isSecretName", () => {
  test.each(["token_secret", "PASSWORD", "sessionToken", "Authorization", "secret_string"])(
    "knows %s",
    (name) => expect(isSecretName(name)).toBe(true),
  );
  test.each(["name", "secret_type", "comment", "tokens_used"])("leaves %s", (name) =>
    expect(isSecretName(name)).toBe(false),
  );
});
