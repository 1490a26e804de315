import type { OperationContext, SnowparkConfig, SnowSession } from "@redkite/snowpark";
import type { Environment } from "./environment.ts";
import type { ProgressScreen } from "./progress-screen.ts";
import type { RootPassword } from "./root-password.ts";
import type { SnowparkOptions } from "./snowpark-options.ts";

/** What a command works with: a signed-in session and what the deployment should be. */
export interface CommandContext {
  readonly snowpark: typeof import("@redkite/snowpark");
  readonly environment: Environment;
  readonly options: SnowparkOptions;
  readonly config: SnowparkConfig;
  readonly session: SnowSession;
  /** Reaches the simulator too, whose hosts not every system knows. */
  readonly fetch: typeof globalThis.fetch;
  readonly operation: OperationContext;
  readonly rootPassword: RootPassword;
  readonly screen: ProgressScreen;
  readonly signal: AbortSignal;
}
