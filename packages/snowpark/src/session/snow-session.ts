/** A value given beside a statement, for a `?` in it. */
export type SqlBind = string | number | boolean | null;

/** What a statement is run with. Roles are given with each statement: a session has no current role to forget. */
export interface ExecuteOptions {
  readonly role?: string;
  readonly warehouse?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly binds?: readonly SqlBind[];
  /** Texts that must not be seen in an error, a log or a recording of the statement. */
  readonly secrets?: readonly string[];
  readonly signal?: AbortSignal;
}

/** How a file is uploaded. */
export interface PutOptions extends ExecuteOptions {
  /** Whether a file of that name is replaced. Default: yes. Otherwise it is left as it is. */
  readonly overwrite?: boolean;
  /** Whether the file is stored gzipped, under its name and `.gz`. Default: no. */
  readonly compress?: boolean;
}

/**
 * A row by the names of its columns, in lower case as `SHOW` and `DESCRIBE` write them; a second column of a name is
 * `name_2`. Every value is text, the same over every session: numbers as the server writes them, `true` and `false`,
 * dates and times as ISO 8601 has them (moments in UTC, as `2026-01-31T10:00:00.000Z`).
 */
export type SqlRow = Readonly<Record<string, string | null>>;

export interface SqlResult {
  readonly queryId: string;
  /** Names as the server wrote them, in its order. */
  readonly columns: readonly string[];
  readonly rows: readonly SqlRow[];
}

/** Who signs in to the image registry, as HTTP's Basic scheme has it. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/**
 * One signed-in user of a Snowflake account. A session runs one statement a call, never several in one text, and
 * repeats nothing by itself but what has not reached the server.
 */
export interface SnowSession {
  /** The account's identifier as its addresses have it, such as `myorg-myaccount`. */
  readonly account: string;
  readonly user: string;

  /**
   * @throws SnowparkError `insufficient-privileges`, `statement-failed`, `sign-in-failed`, `network`, `cancelled`, with
   *   the redacted statement, its role and Snowflake's own number in the details.
   */
  execute(statement: string, options?: ExecuteOptions): Promise<SqlResult>;

  /**
   * Uploads a local file to a stage (`PUT`). The file's name may have `*` and `?` for several.
   *
   * @throws SnowparkError `unsupported` where the session's protocol has no `PUT`.
   */
  put(file: string, stageFolder: string, options?: PutOptions): Promise<SqlResult>;

  /** A login for the image registry, good for about an hour. */
  registryLogin(): Promise<RegistryLogin>;

  /** A token for `Authorization: Snowflake Token="…"` at a service's ingress, with the rights of a role. */
  ingressToken(ingressHost: string, role?: string): Promise<string>;

  close(): Promise<void>;
}
