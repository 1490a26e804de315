import type { StatementContext } from "./statement-context.ts";
import type { StatementOutcome } from "./statement-result.ts";

/** A statement that has been read: its syntax is right. It throws StatementError where it can't be done. */
export type Statement = (context: StatementContext) => StatementOutcome | Promise<StatementOutcome>;
