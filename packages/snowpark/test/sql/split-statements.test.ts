import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { literal, specificationLiteral } from "../../src/sql/quote.ts";
import { splitStatements } from "../../src/sql/split-statements.ts";

describe("splitStatements()", () => {
  it("splitStatements() tells text, line and offset, without the comments around", () => {
    const script = "-- first\nUSE ROLE X; /* then */\n\n SELECT 1 -- one\n ;";
    expect(splitStatements(script)).toEqual([
      { kind: "sql", text: "USE ROLE X", offset: 9, line: 2, isTerminated: true },
      { kind: "sql", text: "SELECT 1", offset: 34, line: 4, isTerminated: true },
    ]);
  });

  it("splitStatements() leaves out empty statements", () => {
    expect(splitStatements(" ;; -- nothing\n;/* */")).toEqual([]);
  });

  it("splitStatements() cuts at no semicolon of a literal, a name, a block or a comment", () => {
    const whole = `CALL f(';', ";", $$a;b$$) /* ; */ -- ;\n // ;\n x`;
    expect(splitStatements(`${whole};`).map(({ text }) => text)).toEqual([whole]);
  });

  it("splitStatements() takes a line with ! for a command of SnowSQL, but no ! within a statement", () => {
    const texts = splitStatements("!set a='x;y'\nSELECT 1\n!= 2;\n  !quit;").map(
      ({ kind, text }) => `${kind}: ${text}`,
    );
    expect(texts).toEqual(["command: !set a='x;y'", "sql: SELECT 1\n!= 2", "command: !quit"]);
  });

  it("splitStatements() says of an unclosed literal that it is", () => {
    expect(splitStatements("SELECT 1; SELECT 'a; SELECT 2;")).toMatchObject([
      { isTerminated: true },
      { text: "SELECT 'a; SELECT 2;", isTerminated: false },
    ]);
  });

  it("splitStatements() keeps any text whole that was written as a literal or a specification", () => {
    const text = fc.array(fc.constantFrom("'", "$", ";", "\\", "--", '"', "x", "\n"), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, text, (first, second) => {
        const statements = [
          `SELECT ${literal(first.join(""))}`,
          `CREATE x ${specificationLiteral({ [second.join("")]: first.join("") })}`,
        ];
        expect(splitStatements(statements.join(";\n")).map((one) => one.text)).toEqual(statements);
      }),
    );
  });
});
