import { createHash } from "node:crypto";
import type {
  AccountSession,
  StatementFailure,
  StatementOptions,
} from "../../../src/simulator/account/account-session.ts";
import { SimulatedAccount } from "../../../src/simulator/account/simulated-account.ts";
import type { Cell } from "../../../src/simulator/account/statement-result.ts";
import type {
  SimulatedAccountOptions,
  StageFiles,
} from "../../../src/simulator/account/surroundings.ts";

/** Stages in memory. */
export class MemoryStageFiles implements StageFiles {
  readonly stages = new Map<string, Map<string, Uint8Array>>();

  async list(stageId: string) {
    return [...(this.stages.get(stageId) ?? [])].map(([path, content]) => ({
      path,
      sizeBytes: content.length,
      md5: createHash("md5").update(content).digest("hex"),
      modifiedAt: 0,
    }));
  }

  async read(stageId: string, path: string) {
    return this.stages.get(stageId)?.get(path);
  }

  async write(stageId: string, path: string, content: Uint8Array) {
    const stage = this.stages.get(stageId) ?? new Map<string, Uint8Array>();
    this.stages.set(stageId, stage.set(path, content));
  }

  async remove(stageId: string, path: string) {
    this.stages.get(stageId)?.delete(path);
  }

  async removeStage(stageId: string) {
    this.stages.delete(stageId);
  }
}

type Row = Record<string, Cell>;

/** An account with a clock that the test turns, and a session to talk to it. */
export class TestAccount {
  time = Date.UTC(2026, 10, 1);
  readonly files: MemoryStageFiles = new MemoryStageFiles();
  readonly account: SimulatedAccount;
  session: AccountSession;

  constructor(options: Partial<SimulatedAccountOptions> = {}) {
    this.account = new SimulatedAccount({
      now: () => this.time,
      sleep: async (milliseconds) => {
        this.time += milliseconds;
      },
      behaviour: "2026",
      names: { organization: "MYORG", account: "MY_ACCOUNT" },
      stageFiles: this.files,
      ...options,
    });
    this.session = this.signIn("ADMIN");
  }

  signIn(user: string, role?: string): AccountSession {
    const session = this.account.signIn(
      { kind: "trusted", user },
      role === undefined ? {} : { role },
    );
    if ("kind" in session) throw new Error(session.message);
    return session;
  }

  /** Runs a statement that is to succeed, and gives its rows by the names of their columns. */
  async run(statement: string, options: StatementOptions = {}): Promise<Row[]> {
    const outcome = await this.session.execute(statement, options);
    if (outcome.kind === "failure") {
      throw new Error(`${statement}\n${outcome.code} ${outcome.message}`);
    }
    if (outcome.kind === "upload") throw new Error(`${statement}\nis an upload`);
    return outcome.rows.map((row) =>
      Object.fromEntries(outcome.columns.map(({ name }, index) => [name, row[index] ?? null])),
    );
  }

  async runAll(statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.run(statement);
  }

  /** The one cell of a statement's one row. */
  async cell(statement: string, options: StatementOptions = {}): Promise<Cell> {
    const [row] = await this.run(statement, options);
    return Object.values(row ?? {})[0] ?? null;
  }

  /** Runs a statement that is to fail, and gives `code text`. */
  async failure(statement: string, options: StatementOptions = {}): Promise<string> {
    const outcome = await this.session.execute(statement, options);
    if (outcome.kind !== "failure") throw new Error(`${statement}\nsucceeded`);
    return failureText(outcome);
  }

  async wait(milliseconds: number): Promise<void> {
    this.time += milliseconds;
    await this.account.tick();
  }

  /** As a push to `database/schema/repository` would. */
  push(
    repository: readonly [string, string, string],
    name: string,
    digest: string,
    tag = "latest",
  ): void {
    const [database, schema, repositoryName] = repository;
    const access = this.account.repositoryAccess(
      { user: "ADMIN", role: this.session.state.role },
      { database, schema, name: repositoryName },
    );
    if (access?.write !== true) throw new Error(`No way to push to ${repository.join("/")}`);
    this.account.recordImage({ repositoryId: access.repositoryId, name, tag, digest });
  }
}

export function failureText(failure: StatementFailure): string {
  return `${failure.code} ${failure.message}`;
}
