/** A step as it goes. */
export interface StepEvent {
  readonly step: string;
  readonly state: "running" | "done" | "failed" | "skipped";
  readonly message?: string;
}

/** What the screen asks of an output: `process.stderr` has it. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface RunningStep {
  readonly since: number;
  message: string;
}

const marks = { done: "✓", failed: "✗", skipped: "-", running: "…" } as const;

/** Between two drawings of what runs: often enough for a clock of seconds. */
const redrawMs = 500;

/**
 * Shows steps that may run side by side, each with its time. In a terminal what runs has one line each, kept up to date
 * below what is done; elsewhere a line is written when a step begins to say something new, and when it ends.
 */
export class ProgressScreen {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  readonly #running = new Map<string, RunningStep>();
  #linesDrawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: ProgressOutput, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  show({ step, state, message = "" }: StepEvent): void {
    const before = this.#running.get(step);
    if (state === "running") {
      this.#running.set(step, { since: before?.since ?? this.#now(), message });
      if (this.#isTerminal()) this.#redraw();
      else if (before === undefined || (message !== "" && message !== before.message)) {
        this.#write(lineOf("running", step, { message }));
      }
      return;
    }
    this.#running.delete(step);
    this.#erase();
    const elapsedMs = this.#now() - (before?.since ?? this.#now());
    this.#write(lineOf(state, step, { message, elapsedMs }));
    if (this.#isTerminal()) this.#redraw();
  }

  /** Writes lines that stay, above what runs. */
  tell(text: string): void {
    this.#erase();
    this.#write(text);
    if (this.#isTerminal()) this.#redraw();
  }

  /** Takes away what is drawn of running steps. Nothing is drawn after it. */
  close(): void {
    this.#erase();
    this.#running.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #isTerminal(): boolean {
    return this.#output.isTTY === true;
  }

  #redraw(): void {
    this.#erase();
    const width = (this.#output.columns ?? 80) - 1;
    for (const [step, { since, message }] of this.#running) {
      const line = lineOf("running", step, { message, elapsedMs: this.#now() - since });
      this.#write(line.slice(0, width));
    }
    this.#linesDrawn = this.#running.size;
    if (this.#running.size > 0 && this.#timer === undefined) {
      this.#timer = setInterval(() => this.#redraw(), redrawMs).unref();
    }
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #erase(): void {
    if (this.#linesDrawn === 0) return;
    this.#output.write(`\u001b[${this.#linesDrawn}A\u001b[0J`);
    this.#linesDrawn = 0;
  }

  #write(line: string): void {
    this.#output.write(`${line}\n`);
  }
}

function lineOf(
  state: keyof typeof marks,
  step: string,
  { message, elapsedMs }: { readonly message: string; readonly elapsedMs?: number },
): string {
  const time = elapsedMs === undefined ? "" : ` (${elapsedText(elapsedMs)})`;
  return `${marks[state]} ${step}${time}${message === "" ? "" : `: ${message}`}`;
}

/** `0.4 s`, `12 s`, `3 min 05 s`. */
export function elapsedText(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
}
