import type { SessionState } from "../account/account-session.ts";
import type { StatementOutcome } from "../account/statement-result.ts";

/** An error as both protocols send it. */
export interface QueryFailure {
  readonly code: string;
  readonly sqlState: string;
  readonly message: string;
}

export type QueryEnd =
  | { readonly kind: "done"; readonly outcome: StatementOutcome }
  | { readonly kind: "failed"; readonly failure: QueryFailure };

const cancelled: QueryEnd = {
  kind: "failed",
  failure: { code: "000604", sqlState: "57014", message: "SQL execution canceled" },
};

/** A statement that a client sent, or several in one text: running, ended or given up. */
export class Query {
  readonly id: string;
  readonly user: string;
  readonly startedAt: number;
  /** What it answered, once it has. */
  end: QueryEnd | undefined;
  /** The queries of the single statements, for a text with several. */
  parts: readonly Query[] | undefined;
  /** What its session had in use when it had ended. */
  context: SessionState | undefined;
  /** Resolves when it has ended in whatever way. */
  readonly ended: Promise<void>;
  readonly #settle: () => void;

  constructor(id: string, { user, startedAt }: { user: string; startedAt: number }) {
    this.id = id;
    this.user = user;
    this.startedAt = startedAt;
    let settle = (): void => undefined;
    this.ended = new Promise((resolve) => {
      settle = resolve;
    });
    this.#settle = settle;
  }

  /** Only the first end counts. */
  finish(end: QueryEnd): void {
    this.end ??= end;
    this.#settle();
  }

  /** The answer is "canceled" from now on. What the statement has done is not undone. */
  cancel(): void {
    this.finish(cancelled);
  }

  /** Waits until it has ended, for so many milliseconds at most. */
  async settled(waitMs: number): Promise<QueryEnd | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    await Promise.race([this.ended, tooLong]);
    clearTimeout(timer);
    return this.end;
  }
}
