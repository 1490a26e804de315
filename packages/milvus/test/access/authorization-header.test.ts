import { describe, expect, it } from "vitest";
import { decodeBase64, readAuthorization } from "../../src/access/authorization-header.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("readAuthorization()", () => {
  it.each([
    ["the base64 that gRPC clients send", base64("root:Milvus")],
    ["HTTP's Basic", `Basic ${base64("root:Milvus")}`],
    ["a Bearer token as it is", "Bearer root:Milvus"],
    ["schemes in any case", "bearer root:Milvus"],
  ])("reads %s", (_form, header) => {
    expect(readAuthorization(header)).toEqual({
      kind: "password",
      user: "root",
      password: "Milvus",
    });
  });

  it("leaves colons in the password, and letters of all scripts", () => {
    expect(readAuthorization(base64("root:a:b:ü"))).toMatchObject({ password: "a:b:ü" });
  });

  it("knows a token that is no user and password", () => {
    expect(readAuthorization(base64("db_2f0a"))).toEqual({ kind: "key" });
    expect(readAuthorization("Bearer db_2f0a")).toEqual({ kind: "key" });
  });

  it("does not read what is no base64", () => {
    expect(readAuthorization("root:Milvus")).toBeUndefined();
    expect(readAuthorization("Basic root:Milvus")).toBeUndefined();
    expect(readAuthorization("cm9vd")).toBeUndefined();
  });
});

describe("decodeBase64()", () => {
  it("takes padded base64 only", () => {
    expect(decodeBase64("")).toBe("");
    expect(decodeBase64("YQ==")).toBe("a");
    expect(decodeBase64("YQ")).toBeUndefined();
    expect(decodeBase64("YQ==YQ==")).toBeUndefined();
    expect(decodeBase64("Y-_=")).toBeUndefined();
  });
});
