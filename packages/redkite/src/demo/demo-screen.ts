import {
  answerLines,
  closingLines,
  colorStyle,
  plainStyle,
  progressLine,
  progressText,
  quickDemoLines,
  stockLines,
  type TextStyle,
} from "./demo-text.ts";
import type { DemoStep } from "./run-demo.ts";

/** What the screen asks of an output: `process.stdout` has it. */
export interface ScreenOutput {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
  write(text: string): unknown;
}

/** A line of progress per so many percent, where lines cannot be replaced. */
const PLAIN_PROGRESS_STEP = 20;

/**
 * Shows the demo to people. In a terminal with colours and a line of progress that moves; elsewhere
 * plain lines. (`hasColors` is where Node heeds NO_COLOR, FORCE_COLOR and TERM.)
 */
export class DemoScreen {
  readonly #output: ScreenOutput;
  readonly #isTerminal: boolean;
  readonly #style: TextStyle;
  #hasProgressLine = false;
  #percentShown = 0;

  constructor(output: ScreenOutput) {
    this.#output = output;
    this.#isTerminal = output.isTTY === true;
    this.#style = output.hasColors?.() === true ? colorStyle : plainStyle;
  }

  show(step: DemoStep): void {
    switch (step.kind) {
      case "asked-quick-demo":
        this.#writeLines(["", ...quickDemoLines(step.answer, this.#style)]);
        break;
      case "read":
        this.#writeLines(stockLines(step.stock, this.#style));
        break;
      case "stored":
        this.#showProgress(step.done, step.total);
        break;
      case "asked-readmes":
        this.clearProgress();
        this.#writeLines([
          "",
          ...step.answers.flatMap((answer) => answerLines(answer, this.#style)),
        ]);
        break;
    }
  }

  showClosing(path: string): void {
    this.#writeLines([...closingLines(path, this.#style), ""]);
  }

  /** Ends the line of progress, so that the next line is its own. */
  clearProgress(): void {
    if (this.#hasProgressLine) this.#output.write("\r\x1b[K");
    this.#hasProgressLine = false;
  }

  #showProgress(done: number, total: number): void {
    if (this.#isTerminal) {
      this.#output.write(`\r${progressLine(done, total, this.#style)}\x1b[K`);
      this.#hasProgressLine = true;
      return;
    }
    const percent = Math.floor((done / total) * 100);
    if (percent < this.#percentShown + PLAIN_PROGRESS_STEP && done < total) return;
    this.#percentShown = percent - (percent % PLAIN_PROGRESS_STEP);
    this.#writeLines([progressText(done, total)]);
  }

  #writeLines(lines: readonly string[]): void {
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
  }
}
