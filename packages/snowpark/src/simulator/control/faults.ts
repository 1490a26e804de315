import type { AccountFaults } from "../account/surroundings.ts";

/** What can be made to go wrong, as the control API takes it. Statements are counted from 1 from when it is set. */
export interface FaultPlan extends AccountFaults {
  /** Refused with this error instead of being executed. */
  readonly failStatement?: {
    readonly number: number;
    readonly code: string;
    readonly message: string;
  };
  /** The connection is cut instead of an answer, before the statement is executed. */
  readonly dropBeforeStatement?: number;
  /** As before, but after it was executed: the client cannot know. */
  readonly dropAfterStatement?: number;
  /** Answers 503 that many times before statements are executed again. */
  readonly unavailable?: number;
  /** The registry refuses its n-th request after sign-in with 401 and forgets its tokens. */
  readonly registryRefusal?: number;
}

export type StatementFault =
  | { readonly kind: "none" }
  | { readonly kind: "fail"; readonly code: string; readonly message: string }
  | { readonly kind: "drop"; readonly isExecuted: boolean };

/** Keeps the plan of faults, and counts to where they lie. */
export class Faults {
  /** Shared with the account, which reads it whenever it needs to. */
  readonly ofAccount: AccountFaults = {};
  #plan: FaultPlan = {};
  #statements = 0;
  #registryRequests = 0;
  #unavailable = 0;

  /** Replaces the plan; an empty one lets everything go right again. */
  set(plan: FaultPlan): void {
    this.#plan = plan;
    this.#statements = 0;
    this.#registryRequests = 0;
    this.#unavailable = plan.unavailable ?? 0;
    this.ofAccount.poolsNeverStart = plan.poolsNeverStart ?? false;
    this.ofAccount.noCapacity = plan.noCapacity ?? false;
  }

  /** Counts a statement, and says what happens to it. */
  nextStatement(): StatementFault {
    this.#statements += 1;
    const { failStatement, dropBeforeStatement, dropAfterStatement } = this.#plan;
    if (failStatement?.number === this.#statements) {
      return { kind: "fail", code: failStatement.code, message: failStatement.message };
    }
    if (dropBeforeStatement === this.#statements) return { kind: "drop", isExecuted: false };
    if (dropAfterStatement === this.#statements) return { kind: "drop", isExecuted: true };
    return { kind: "none" };
  }

  /** Whether this request is answered 503. */
  isUnavailable(): boolean {
    if (this.#unavailable === 0) return false;
    this.#unavailable -= 1;
    return true;
  }

  /** Counts a request to the registry, and says whether it is the one to be refused. */
  refusesRegistryRequest(): boolean {
    this.#registryRequests += 1;
    return this.#plan.registryRefusal === this.#registryRequests;
  }
}
