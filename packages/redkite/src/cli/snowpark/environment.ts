/** The process's environment itself, not a copy: `snowflake-sdk` is told there to stay silent. */
export type Environment = Record<string, string | undefined>;
