import { describe, expect, it } from "vitest";
import { elapsedText, ProgressScreen } from "../../src/cli/snowpark/progress-screen.ts";

describe("elapsedText()", () => {
  it.each([
    [0, "0.0 s"],
    [9_940, "9.9 s"],
    [12_900, "12 s"],
    [59_999, "59 s"],
    [185_000, "3 min 05 s"],
  ])("writes %i ms as %s", (milliseconds, text) => {
    expect(elapsedText(milliseconds)).toBe(text);
  });
});

describe("ProgressScreen", () => {
  /** A screen whose output is collected, and whose clock is set by hand. */
  function screenOn(terminal: { isTTY?: boolean; columns?: number }) {
    let written = "";
    let now = 0;
    const output = { ...terminal, write: (text: string) => (written += text) };
    const screen = new ProgressScreen(output, () => now);
    return {
      screen,
      at(milliseconds: number) {
        now = milliseconds;
      },
      written: () => written,
      /** What a terminal would show: lines with the erased ones taken away. */
      visible() {
        const lines: string[] = [];
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequence by which lines are erased
        for (const part of written.split(/(?=\u001b\[\d+A)/)) {
          // biome-ignore lint/suspicious/noControlCharactersInRegex: likewise
          const erase = /^\u001b\[(\d+)A\u001b\[0J/.exec(part);
          if (erase !== null) lines.splice(lines.length - Number(erase[1]));
          lines.push(
            ...part
              .slice(erase?.[0].length ?? 0)
              .split("\n")
              .slice(0, -1),
          );
        }
        return lines;
      },
    };
  }

  it("writes a line for each news where lines can't be replaced", () => {
    const { screen, at, written } = screenOn({});
    screen.show({ step: "pool", state: "running" });
    screen.show({ step: "pool", state: "running", message: "STARTING" });
    screen.show({ step: "pool", state: "running", message: "STARTING" });
    at(4_200);
    screen.show({ step: "pool", state: "done" });
    expect(written()).toBe("… pool\n… pool: STARTING\n✓ pool (4.2 s)\n");
  });

  it("keeps one line for each running step in a terminal, below what is done", () => {
    const { screen, at, visible } = screenOn({ isTTY: true, columns: 80 });
    screen.show({ step: "pool", state: "running" });
    screen.show({ step: "image", state: "running", message: "12 MB" });
    at(1_000);
    screen.show({ step: "image", state: "running", message: "24 MB" });
    expect(visible()).toEqual(["… pool (1.0 s)", "… image (1.0 s): 24 MB"]);
    screen.show({ step: "image", state: "done" });
    expect(visible()).toEqual(["✓ image (1.0 s)", "… pool (1.0 s)"]);
    screen.tell("by the way");
    expect(visible()).toEqual(["✓ image (1.0 s)", "by the way", "… pool (1.0 s)"]);
    screen.close();
    expect(visible()).toEqual(["✓ image (1.0 s)", "by the way"]);
  });

  it("cuts lines that would wrap, since a wrapped line can't be erased", () => {
    const { screen, visible } = screenOn({ isTTY: true, columns: 20 });
    screen.show({ step: "pool", state: "running", message: "x".repeat(100) });
    expect(visible()[0]).toHaveLength(19);
    screen.close();
  });

  it("tells a step that fails without having begun", () => {
    const { screen, written } = screenOn({});
    screen.show({ step: "pool", state: "failed", message: "no" });
    expect(written()).toBe("✗ pool (0.0 s): no\n");
  });
});
