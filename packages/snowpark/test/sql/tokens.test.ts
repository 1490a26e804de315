import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { literalValue, nameValue, tokenize } from "../../src/sql/tokens.ts";

const sqlPieces = fc.constantFrom(
  ..."'|''|\"|$$|$|--|//|/*|*/|;|\n| |file://|@stage/x|@|?|=>|a|É|1.5e3|\\|\\'|!|\u{1F426}|\uD800".split(
    "|",
  ),
);
const sqlText = fc.oneof(
  fc.array(sqlPieces, { maxLength: 30 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 40 }),
);

function kinds(source: string): string[] {
  return tokenize(source)
    .filter(({ kind }) => kind !== "space")
    .map(({ kind, text }) => `${kind} ${text}`);
}

describe("tokenize()", () => {
  it("tokenize() loses nothing: the joined texts are the source, whatever it is", () => {
    fc.assert(
      fc.property(sqlText, (source) => {
        const tokens = tokenize(source);
        expect(tokens.map(({ text }) => text).join("")).toBe(source);
        for (const token of tokens) {
          expect(source.startsWith(token.text, token.offset)).toBe(true);
          expect(token.text).not.toBe("");
        }
      }),
    );
  });

  it("tokenize() takes file:// for a path, and // elsewhere for a comment", () => {
    expect(kinds("PUT file:///a/b.yaml @s; // that's all")).toEqual([
      "word PUT",
      "file file:///a/b.yaml",
      "stage @s",
      "symbol ;",
      "comment // that's all",
    ]);
  });

  it("tokenize() takes quotes, semicolons and comment marks inside of literals for text", () => {
    expect(kinds(`'a;--b\\'' "x;""y" $$ ;' $ -- $$ /* ; */ x`)).toEqual([
      "string 'a;--b\\''",
      'quoted "x;""y"',
      "dollar-string $$ ;' $ -- $$",
      "comment /* ; */",
      "word x",
    ]);
  });

  it.each(["'abc", '"abc', "$$abc$", "/* abc", "'it\\'"])(
    "tokenize() marks %s as unterminated",
    (source) => {
      expect(kinds(`a ${source}`)).toEqual(["word a", `unterminated ${source}`]);
    },
  );

  it("tokenize() keeps a quoted name within a stage's path", () => {
    expect(kinds('@db."my schema".s/f.yaml,')).toEqual([
      'stage @db."my schema".s/f.yaml',
      "symbol ,",
    ]);
  });
});

describe("literalValue()", () => {
  it("literalValue() resolves doubled quotes and escapes, and nothing between $$", () => {
    const values = tokenize(String.raw`'it''s\n\x41\u00e9\'\\\q' $$a\n''$$`)
      .filter(({ kind }) => kind !== "space")
      .map(literalValue);
    expect(values).toEqual(["it's\nAé'\\q", "a\\n''"]);
  });
});

describe("nameValue()", () => {
  it("nameValue() folds a bare name and keeps a quoted one", () => {
    expect(tokenize('milvus."mil""vus"').map(nameValue)).toEqual(["MILVUS", ".", 'mil"vus']);
  });
});
