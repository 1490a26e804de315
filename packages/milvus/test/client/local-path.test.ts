import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import { localPathOf } from "../../src/client/local-path.ts";

describe("localPathOf()", () => {
  it.each([
    [":memory:", ":memory:"],
    ["./demo", "./demo"],
    ["../demo", "../demo"],
    [".", "."],
    ["/var/lib/demo", "/var/lib/demo"],
    ["demo.db", "demo.db"],
    ["data/demo.db", "data/demo.db"],
    ["./localhost:19530", "./localhost:19530"],
    ["~/demo", `${homedir()}/demo`],
    ["file:///var/lib/my%20demo", "/var/lib/my demo"],
    ["file:demo", "demo"],
    ["C:\\data\\demo", "C:\\data\\demo"],
    ["d:/data", "d:/data"],
    [".\\demo", ".\\demo"],
  ])("takes %s for a folder", (address, path) => {
    expect(localPathOf(address)).toBe(path);
  });

  it.each([
    "localhost:19530",
    "127.0.0.1:19530",
    "localhost",
    "milvus.db:19530",
    "http://localhost:19530",
    "http://host/demo.db",
    "https://in03.api.zilliz.com",
    "unix:/run/milvus.sock",
    "unix:./milvus.db",
    "[::1]:19530",
    "",
  ])("leaves %s to the SDK", (address) => {
    expect(localPathOf(address)).toBeUndefined();
  });
});
