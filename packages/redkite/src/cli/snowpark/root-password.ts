import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Environment } from "./environment.ts";

/**
 * The password of the database's root. The account keeps it in a SECRET, which containers can read and people cannot;
 * so who ran `up` has a copy, for `verify` and `proxy`, in a file that only they can read. Others set
 * REDKITE_ROOT_PASSWORD.
 */
export class RootPassword {
  readonly #file: string;

  constructor(folder: string, { account, name }: { account: string; name: string }) {
    // Both are made of letters, digits, dots, hyphens and underscores; what is not becomes an underscore.
    const fileName = `${account}-${name}`.toLowerCase().replaceAll(/[^a-z0-9._-]/g, "_");
    this.#file = join(folder, `${fileName}.password`);
  }

  async read(): Promise<string | undefined> {
    try {
      return (await readFile(this.#file, "utf8")).trim();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** The copy, made up and kept first where there is none: a crash after it can lose nothing. */
  async make(): Promise<string> {
    const known = await this.read();
    if (known !== undefined) return known;
    const password = randomBytes(24).toString("base64url");
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    await writeFile(this.#file, `${password}\n`, { mode: 0o600 });
    return password;
  }

  async forget(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}

/** Where copies are kept for accounts that are not simulated. */
export function passwordFolder(home: string | undefined): string {
  return join(home ?? join(homedir(), ".redkite"), "snowpark");
}

/** What signs in to the database: `root:<password>`, `undefined` where the password is not known here. */
export async function databaseToken({
  rootPassword,
  environment,
}: {
  readonly rootPassword: RootPassword;
  readonly environment: Environment;
}): Promise<string | undefined> {
  const password = givenPassword(environment) ?? (await rootPassword.read());
  return password === undefined ? undefined : `root:${password}`;
}

/** The password that the environment gives. A variable that is empty gives none. */
export function givenPassword(environment: Environment): string | undefined {
  return environment["REDKITE_ROOT_PASSWORD"] || undefined;
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
