import { expect, it } from "vitest";
import { checkMarkdownLinks } from "./markdown-links.ts";
import { formatProblem } from "./problem.ts";
import { repositoryOf } from "./repository.ts";

const guide = "# The `guide`\n## What's new?\n## Twice\n## Twice\n";

it("checkMarkdownLinks() finds links to files and headings that are not there", () => {
  const repository = repositoryOf({
    "docs/guide.md": guide,
    "README.md": "[a](docs/missing.md)\n[b](docs/guide.md#old) [c](#nowhere)\n[d]: gone.md",
  });
  expect(checkMarkdownLinks(repository).map(formatProblem)).toEqual([
    expect.stringMatching(/^README.md:1 .*"docs\/missing.md"/),
    expect.stringMatching(/^README.md:2 .*"docs\/guide.md#old"/),
    expect.stringMatching(/^README.md:2 .*"#nowhere"/),
    expect.stringMatching(/^README.md:3 .*"gone.md"/),
  ]);
});

it("checkMarkdownLinks() follows files, folders and headings, and leaves sites and code alone", () => {
  const links = [
    "[file](docs/guide.md)",
    "[folder](docs)",
    "[heading](docs/guide.md#the-guide)",
    "[marks](docs/guide.md#whats-new)",
    "[second](docs/guide.md#twice-1)",
    "[own](#read-me)",
    "[site](https://example.com/x.md)",
    "`[code](missing.md)`",
    "![image](docs/kite.png)",
    "```md\n[code](missing.md)\n```",
  ];
  const repository = repositoryOf({
    "docs/guide.md": `${guide}[up](../README.md)`,
    "docs/kite.png": "",
    "README.md": `# Read me\n${links.join("\n")}`,
  });
  expect(checkMarkdownLinks(repository)).toEqual([]);
});
