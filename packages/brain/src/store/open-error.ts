import { BrainError, messageOf } from "../base/brain-error.ts";

/** What DuckDB says when a file can't be opened, as an error of ours. */
export function openError(path: string, cause: unknown): BrainError {
  const text = messageOf(cause);
  const options = { details: { path }, cause };
  if (/could not set lock on file|being used by another process/i.test(text)) {
    const owner = /held in (.*?) \(PID (\d+)\)/.exec(text);
    const who = owner === null ? "another process" : `process ${owner[2]} (${owner[1]})`;
    return new BrainError(
      "dataset-locked",
      `Cannot open the dataset at ${path}: ${who} has it open. Close it there first`,
      { details: { path, ...(owner !== null && { pid: Number(owner[2]) }) }, cause },
    );
  }
  if (/no such file or directory|cannot find the path/i.test(text)) {
    return new BrainError(
      "dataset-not-found",
      `Cannot open ${path}: there is no such file`,
      options,
    );
  }
  if (/newer version|version number \d+, but/i.test(text)) {
    return new BrainError(
      "dataset-too-new",
      `Cannot open ${path}: a later release wrote it. Update redkite`,
      options,
    );
  }
  if (/corrupt|not a valid duckdb|serialization error|wal|checksum|magic/i.test(text)) {
    return damagedError(path, cause);
  }
  return new BrainError("io", `Cannot open the dataset at ${path}: ${firstLineOf(text)}`, options);
}

/** The file can't be read, in whole or in part. */
export function damagedError(path: string, cause: unknown): BrainError {
  return new BrainError(
    "dataset-damaged",
    `Cannot read the dataset at ${path}: the file is damaged (${firstLineOf(messageOf(cause))}). ` +
      "It was left as it is: bring it back from a copy",
    { details: { path }, cause },
  );
}

/** DuckDB shows the statement behind its message. */
export function firstLineOf(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
