import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readToml, TomlError } from "../../src/config/read-toml.ts";

describe("readToml", () => {
  test("reads what files of connections are made of", () => {
    const table = readToml(`
# a comment
default_connection_name = "dev" # another
[connections.dev]
account = 'my\\org'
"quoted key" = "tab\\there \\u00e9 \\U0001F600"
port = 4_711
ratio = -1.5e3
hex = 0xff
is_on = true
dotted.key.deep = 1
list = [ "a", # comment
  "b", ]
inline = { a = 1, b.c = 'x' }
key = """
line one
line \\
   two"""
raw = '''it's'''
day = 2026-01-31 10:00:00Z

[connections."with.dot"]
user = ""
`);
    expect(JSON.parse(JSON.stringify(table))).toEqual({
      default_connection_name: "dev",
      connections: {
        dev: {
          account: "my\\org",
          "quoted key": "tab\there é 😀",
          port: 4711,
          ratio: -1500,
          hex: 255,
          is_on: true,
          dotted: { key: { deep: 1 } },
          list: ["a", "b"],
          inline: { a: 1, b: { c: "x" } },
          key: "line one\nline two",
          raw: "it's",
          day: "2026-01-31T10:00:00.000Z",
        },
        "with.dot": { user: "" },
      },
    });
  });

  test.each([
    ["a = 1\nb = bare", 2],
    ['a = "open', 1],
    ["a = 1 b = 2", 1],
    ["[a]\n[a]", 2],
    ["a = 1\na = 2", 2],
    ["a = 1\n[a]", 2],
    ["= 1", 1],
    ['a = "\\q"', 1],
    ["a = [1", 1],
  ])("refuses %j on its line", (text, line) => {
    expect(() => readToml(text)).toThrow(expect.objectContaining({ name: "TomlError", line }));
  });

  test("tells nothing of what stands in a file that it refuses", () => {
    let told = "";
    try {
      readToml('password = "hunter2"\ntoken = hunter3 hunter4');
    } catch (error) {
      told = `${error} ${JSON.stringify(error)}`;
    }
    expect(told).toMatch(/^TomlError: line 2: /);
    expect(told).not.toContain("hunter");
  });

  test("keeps a key __proto__ to itself", () => {
    const table = readToml("[__proto__]\nadmin = true");
    expect(Object.keys(table)).toEqual(["__proto__"]);
    expect(Reflect.get({}, "admin")).toBeUndefined();
  });

  test("fails in one way only", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab=[]{}.\"'\\#\n ,1-_") }), (text) => {
        try {
          readToml(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TomlError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
