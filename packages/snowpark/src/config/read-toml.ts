import { TomlError as ParseError, parse, type TomlTable } from "smol-toml";

export type { TomlTable };

/** What is wrong with a TOML file, and on which line. It quotes nothing of the file, which may hold secrets. */
export class TomlError extends Error {
  override readonly name = "TomlError";
  readonly line: number;

  constructor(reason: string, line: number) {
    super(`line ${line}: ${reason}`);
    this.line = line;
  }
}

/**
 * Reads TOML 1.0.
 *
 * @throws TomlError
 */
export function readToml(text: string): TomlTable {
  try {
    return parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    // After the first line comes the place in the file, with the lines around it.
    const reason = error.message.split("\n")[0].replace("Invalid TOML document: ", "");
    throw new TomlError(reason, error.line);
  }
}
