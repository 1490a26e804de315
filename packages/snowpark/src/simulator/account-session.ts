import { SnowparkError } from "../base/snowpark-error.ts";
import { resultOf } from "../session/result-rows.ts";
import type {
  ExecuteOptions,
  PutOptions,
  SnowSession,
  SqlResult,
} from "../session/snow-session.ts";
import { statementError } from "../session/statement-error.ts";
import { putStatement } from "../sql/quote.ts";
import type { AccountSession, StatementResult } from "./account/account-session.ts";
import { accountHostName } from "./account/addresses.ts";
import type { SimulatedAccount } from "./account/simulated-account.ts";
import type { UploadOutcome } from "./account/statement-result.ts";

/** What an in-process session takes from outside. */
export interface AccountSessionOptions {
  readonly account: SimulatedAccount;
  readonly names: { readonly organization: string; readonly account: string };
  /** Default `ADMIN`. No credentials are asked for. */
  readonly user?: string;
  /** Takes a file to a stage, for `put`. Without it `put` is unsupported. */
  readonly upload?: (upload: UploadOutcome) => Promise<void>;
}

/**
 * A session with a simulated account in this process, without HTTP, for tests.
 *
 * @throws SnowparkError `sign-in-failed` when there is no such user.
 */
export function accountSession(options: AccountSessionOptions): SnowSession {
  const user = options.user ?? "ADMIN";
  const signedIn = options.account.signIn({ kind: "trusted", user });
  if ("kind" in signedIn) throw new SnowparkError("sign-in-failed", signedIn.message);
  return new InProcessSession(signedIn, options);
}

class InProcessSession implements SnowSession {
  readonly account: string;
  readonly user: string;
  readonly #session: AccountSession;
  readonly #upload: AccountSessionOptions["upload"];

  constructor(session: AccountSession, { names, upload }: AccountSessionOptions) {
    this.#session = session;
    this.#upload = upload;
    this.user = session.state.user;
    this.account = accountHostName(names);
  }

  async execute(statement: string, options: ExecuteOptions = {}): Promise<SqlResult> {
    const outcome = await this.#run(statement, options);
    if (outcome.kind === "rows") return resultOf(outcome.queryId, outcome.columns, outcome.rows);
    throw new SnowparkError("unsupported", "PUT is run with put(), not as a statement");
  }

  async put(file: string, stageFolder: string, options: PutOptions = {}): Promise<SqlResult> {
    const upload = this.#upload;
    if (upload === undefined) {
      throw new SnowparkError("unsupported", "This session has nowhere to upload files to");
    }
    const { overwrite = true, compress = false } = options;
    const statement = putStatement(file, stageFolder, { overwrite, compress });
    const outcome = await this.#run(statement, options);
    if (outcome.kind === "rows") return resultOf(outcome.queryId, outcome.columns, outcome.rows);
    await upload(outcome);
    return {
      queryId: outcome.queryId,
      columns: ["source", "target", "status"],
      rows: [{ source: file, target: outcome.folder, status: "UPLOADED" }],
    };
  }

  async #run(statement: string, options: ExecuteOptions): Promise<StatementResult> {
    if (options.signal?.aborted === true) {
      throw new SnowparkError("cancelled", "The statement was given up before it was sent");
    }
    const { role, warehouse, database, schema, binds } = options;
    const outcome = await this.#session.execute(statement, {
      ...(role === undefined ? {} : { role }),
      ...(warehouse === undefined ? {} : { warehouse }),
      ...(database === undefined ? {} : { database }),
      ...(schema === undefined ? {} : { schema }),
      ...(binds === undefined ? {} : { binds }),
    });
    if (outcome.kind === "failure") {
      throw statementError(outcome, { statement, role, secrets: options.secrets });
    }
    return outcome;
  }

  async registryLogin(): Promise<{ readonly username: string; readonly password: string }> {
    return { username: this.user, password: "in-process" };
  }

  async ingressToken(): Promise<string> {
    throw new SnowparkError("unsupported", "A session in this process has no ingress");
  }

  async close(): Promise<void> {}
}
