import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { DemoScreen } from "../../src/demo/demo-screen.ts";
import type { DemoStep } from "../../src/demo/run-demo.ts";

const hit = {
  score: 0.5,
  fields: {
    package: "@a-rather-long-scope/a-rather-long-name",
    heading: "Outer › A heading that is longer than its column",
    text: "A text that would not fit into the line that it stands in. ".repeat(4),
  },
};
const answer = { question: "Which one?", hits: [hit, hit] };
const stock = {
  folder: "/app/node_modules",
  readmeCount: 1_500,
  passageCount: 20_000,
  chosenCount: 400,
  storedCount: 100,
};
const steps: DemoStep[] = [
  { kind: "asked-quick-demo", answer },
  { kind: "read", stock },
  { kind: "stored", done: 32, total: 300 },
  { kind: "stored", done: 300, total: 300 },
  { kind: "asked-readmes", answers: [answer, answer] },
];

describe("DemoScreen", () => {
  it("writes no line wider than 100 columns, and no control character to a file", () => {
    const text = show({ isTTY: false });
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stripVTControlCharacters(text)).toBe(text);
  });

  it("writes the same words with colours and without", () => {
    const plain = show({ isTTY: true, hasColors: () => false });
    const colored = show({ isTTY: true, hasColors: () => true });
    expect(colored).not.toBe(plain);
    expect(stripVTControlCharacters(colored)).toBe(stripVTControlCharacters(plain));
  });

  it("replaces its line of progress in a terminal, and clears it for what follows", () => {
    const text = show({ isTTY: true });
    expect(text).toContain("\r  Embedding ━━━───");
    expect(text).toContain("300 of 300 passages\x1b[K\r\x1b[K\n");
  });

  it("writes a line of progress now and then elsewhere, the last one always", () => {
    const screen = recorder({});
    for (let done = 1; done <= 64; done++) screen.show({ kind: "stored", done, total: 64 });
    expect(screen.text().match(/\d+ of 64/g)).toEqual(
      [13, 26, 39, 52, 64].map((done) => `${done} of 64`),
    );
  });

  it("says when there is nothing to embed", () => {
    const screen = recorder({});
    screen.show({ kind: "read", stock: { ...stock, storedCount: 400 } });
    expect(screen.text()).toContain("nothing to embed");
  });

  it("quotes a path that the shell would split", () => {
    const screen = recorder({});
    screen.showClosing("./my demo.db");
    expect(screen.text()).toContain('npx redkite serve --data "./my demo.db"');
  });
});

function recorder(terminal: { isTTY?: boolean; hasColors?: () => boolean }) {
  let written = "";
  const output = {
    ...terminal,
    write: (text: string) => {
      written += text;
    },
  };
  return Object.assign(new DemoScreen(output), { text: () => written });
}

function show(terminal: { isTTY?: boolean; hasColors?: () => boolean }): string {
  const screen = recorder(terminal);
  for (const step of steps) screen.show(step);
  screen.showClosing("./redkite-demo.db");
  return screen.text();
}
