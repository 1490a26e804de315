import { SnowparkError } from "../base/snowpark-error.ts";

/** One of SnowSQL's own commands, a line that begins with `!`. */
export type ScriptCommand =
  | { readonly kind: "define"; readonly name: string; readonly value: string }
  | { readonly kind: "set-substitution"; readonly isOn: boolean }
  | { readonly kind: "set-exit-on-error"; readonly isOn: boolean }
  /** Changes only how results are shown, which here the caller decides. */
  | { readonly kind: "set-display"; readonly option: string }
  | { readonly kind: "source"; readonly path: string }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "quit" };

/** Options of SnowSQL that change nothing but the looks. */
const displayOptions: ReadonlySet<string> = new Set([
  "auto_completion",
  "echo",
  "editor",
  "empty_for_null_in_tsv",
  "friendly",
  "header",
  "key_bindings",
  "log_level",
  "output_format",
  "paging",
  "progress_bar",
  "prompt_format",
  "quiet",
  "results",
  "rowset_size",
  "sfqid",
  "syntax_style",
  "timing",
  "timing_in_output_file",
  "wrap",
]);

/**
 * Reads a command.
 *
 * @throws SnowparkError `unsupported` for one that is not known here, by its name.
 */
export function readScriptCommand(line: string): ScriptCommand {
  const match = /^!\s*(\w+)\s*([\s\S]*?)\s*;?\s*$/.exec(line);
  const name = match?.[1]?.toLowerCase() ?? "";
  const argument = match?.[2] ?? "";
  switch (name) {
    case "define":
      return readDefine(argument);
    case "set":
    case "options":
      return readSet(argument);
    case "source":
    case "load":
      return { kind: "source", path: unquoted(argument) };
    case "print":
      return { kind: "print", text: argument };
    case "quit":
    case "exit":
    case "disconnect":
      return { kind: "quit" };
    default:
      throw new SnowparkError("unsupported", `The command !${name} is not supported`, {
        remedy: "Known are !set, !define, !source, !print and !quit",
      });
  }
}

function readDefine(argument: string): ScriptCommand {
  const [, name, value] = /^(\w+)\s*=\s*([\s\S]*)$/.exec(argument) ?? [];
  if (name === undefined || value === undefined) {
    throw new SnowparkError("invalid-configuration", "!define is written as !define name=value");
  }
  return { kind: "define", name: name.toLowerCase(), value: unquoted(value) };
}

function readSet(argument: string): ScriptCommand {
  const [, option, value] = /^(\w+)\s*=\s*([\s\S]*)$/.exec(argument) ?? [];
  if (option === undefined || value === undefined) {
    throw new SnowparkError("invalid-configuration", "!set is written as !set option=value");
  }
  const name = option.toLowerCase();
  const isOn = /^(?:true|on|yes|1)$/i.test(unquoted(value));
  if (name === "variable_substitution") return { kind: "set-substitution", isOn };
  if (name === "exit_on_error") return { kind: "set-exit-on-error", isOn };
  if (displayOptions.has(name)) return { kind: "set-display", option: name };
  throw new SnowparkError("unsupported", `The option ${option} of !set is not supported`);
}

function unquoted(text: string): string {
  return /^(["'])([\s\S]*)\1$/.exec(text)?.[2] ?? text;
}
