import { describe, expect, it } from "vitest";
import { readSource } from "./source-code.ts";

describe("readSource()", () => {
  it("keeps every character of code at its place", () => {
    const text = `const a = "b"; // c\nconst d = \`e\${f("g")}h\`;\n`;
    const { code, bare } = readSource(text);
    expect(code).toBe(text.replace("// c", "    "));
    expect(bare).toBe(`const a = " ";     \nconst d = \`  {f(" ")} \`;\n`);
  });

  it.each([
    ["a line", "x // y", ["// y"]],
    ["a block", "x /* y\nz */ w", ["/* y\nz */"]],
    ["a block without an end", "x /* y", ["/* y"]],
    ["none in a string", "f(\"// x\", '/* y')", []],
    ["none in a template", `\`// \${x} /* y\``, []],
    ["none in a regular expression", "a.replace(/[/*]\\/\\//g, b)", []],
    ["one in a template's code", `\`\${x /* y */}\``, ["/* y */"]],
    ["one behind a division", "a / b / c // d", ["// d"]],
    ["one behind a quote in a regular expression", `/["']/.test(x) // y`, ["// y"]],
    ["one behind an object in a template", `\`\${{ a: {} }} // x\` // y`, ["// y"]],
  ])("finds as comments %s", (_name, text, comments) => {
    expect(readSource(text).comments.map((comment) => comment.text)).toEqual(comments);
  });
});
