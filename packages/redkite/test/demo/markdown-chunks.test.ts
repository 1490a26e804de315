import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkMarkdown } from "../../src/demo/markdown-chunks.ts";

// Long enough to be a passage of its own.
const lorem =
  "A sentence that is long enough to stand for itself, with eighty characters and more.";
const other =
  "Another such sentence, which says something else at about the same length as before.";

describe("chunkMarkdown() finds headings", () => {
  it("puts each passage under the path of headings above it", () => {
    const markdown = `# Kite\n\n${lorem}\n\n## Use\n\n${other}\n\n### Options\n\n${lorem}\n\n## Licence\n\n${other}`;
    expect(chunkMarkdown(markdown)).toEqual([
      { heading: "Kite", text: lorem },
      { heading: "Kite › Use", text: other },
      { heading: "Kite › Use › Options", text: lorem },
      { heading: "Kite › Licence", text: other },
    ]);
  });

  it.each([
    ["underlined by =", `Kite\n====\n\n${lorem}`, "Kite"],
    ["underlined by -", `Kite\n---\n${lorem}`, "Kite"],
    ["closed by #", `## Kite ##\n${lorem}`, "Kite"],
    ["with markup", `# The [\`kite\`](https://kite.example) *bird*\n${lorem}`, "The kite bird"],
    ["with a badge", `# Kite [![npm](a.svg)](b)\n${lorem}`, "Kite"],
    ["after a byte order mark", `\ufeff# Kite\n${lorem}`, "Kite"],
    ["after CRLF line ends", `\r\n# Kite\r\n\r\n${lorem}\r\n`, "Kite"],
    ["that skip a level", `# Kite\n### Deep\n${lorem}`, "Kite › Deep"],
    ["that start at level two", `## Kite\n${lorem}`, "Kite"],
  ])("reads headings %s", (_name, markdown, heading) => {
    expect(chunkMarkdown(markdown)).toEqual([{ heading, text: lorem }]);
  });

  it("does not take a comment in code for a heading", () => {
    const markdown = `# Kite\n\n\`\`\`sh\n# install\nnpm i kite\n\`\`\`\n\n${lorem}`;
    expect(chunkMarkdown(markdown)).toEqual([{ heading: "Kite", text: lorem }]);
  });

  it.each([
    ["a shorter one", "````", "```"],
    ["one of another kind", "```", "~~~"],
  ])("does not close a fence with %s", (_name, fence, inner) => {
    const markdown = `${fence}\n${inner}\n# not a heading\n${fence}\n\n# Kite\n\n${lorem}`;
    expect(chunkMarkdown(markdown)).toEqual([{ heading: "Kite", text: lorem }]);
  });

  it("leaves out what stands above no text", () => {
    expect(chunkMarkdown("# Kite\n\n## Empty\n\n## Also empty")).toEqual([]);
  });
});

describe("chunkMarkdown() leaves plain text", () => {
  it.each([
    ["links", "see [the guide](guide.md) and [the list][list]", "see the guide and the list"],
    ["images", "a ![kite](kite.png) flies", "a flies"],
    ["badges", "[![build](a.svg)](https://ci.example) built", "built"],
    ["link definitions", "see it\n[list]: https://kite.example/list", "see it"],
    ["tags", '<p align="center">a <b>kite</b></p>', "a kite"],
    ["comments", "a <!-- not\n\nshown --> kite", "a kite"],
    ["emphasis and code", "a **red** _kite_ with `forked_tail`", "a red kite with forked_tail"],
    [
      "names with underscores",
      "set MAX_OLD_SPACE and __proto__ apart",
      "set MAX_OLD_SPACE and proto apart",
    ],
    ["lists", "- one\n* two\n3. three", "one two three"],
    ["quotes", "> said\n> so", "said so"],
    ["tables", "| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"],
    ["entities", "a &amp; b &lt;c&gt;", "a & b <c>"],
    ["escapes", "a \\* b", "a * b"],
    ["comparisons", "when a < b and c > d", "when a < b and c > d"],
  ])("without the markup of %s", (_name, markdown, text) => {
    expect(chunkMarkdown(markdown)).toEqual([{ heading: "", text }]);
  });

  it("leaves out a table of contents", () => {
    expect(chunkMarkdown(`- [Use](#use)\n  - [Options](#options)\n\n${lorem}`)).toEqual([
      { heading: "", text: lorem },
    ]);
  });
});

describe("chunkMarkdown() keeps passages to a readable length", () => {
  it("cuts a long section between paragraphs, and a long paragraph between words", () => {
    const chunks = chunkMarkdown(
      `# Kite\n\n${lorem} ${lorem}\n\n${other} ${other}\n\n${"word ".repeat(100)}`,
    );
    expect(chunks.map((chunk) => chunk.text.length)).toEqual([169, 169, 279, 219]);
    expect(chunks.every((chunk) => chunk.heading === "Kite")).toBe(true);
  });

  it("joins a tiny section to its neighbour, with its title", () => {
    expect(chunkMarkdown(`# Kite\n\n${lorem}\n\n## Licence\n\nMIT`)).toEqual([
      { heading: "Kite", text: `${lorem} Licence: MIT` },
    ]);
  });

  it("gives passages of 1 to 280 characters for any document", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "# Kite",
        "## Use",
        "---",
        "===",
        "```",
        "~~~~",
        "<!--",
        "-->",
        "",
        "- [a](#a)",
      ),
      fc.lorem({ maxCount: 40 }),
      fc.string({ unit: "grapheme" }),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const { heading, text } of chunkMarkdown(lines.join("\n"))) {
          expect(text).toBe(text.trim());
          expect(text.length).toBeGreaterThan(0);
          expect(text.length).toBeLessThanOrEqual(280);
          expect(heading).not.toMatch(/^›|›$|› ›|\n/);
        }
      }),
    );
  });
});
