import { parseArgs } from "node:util";

/** What the caller got wrong, as one line. */
export class UsageError extends Error {}

/** Runs a program: what its caller got wrong is printed as one line, and ends it with the code 2. */
export async function runProgram(name, main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${name}: ${error.message}; see --help`);
    process.exitCode = 2;
  }
}

/**
 * The values of options that are texts, or flags where the default is `false`. With `--small` the
 * small defaults go before the others.
 */
export function readArguments(args, defaults, smallDefaults) {
  const all = { ...defaults, small: false, help: false };
  const { small } = parse(args, all);
  return parse(args, small ? { ...all, ...smallDefaults } : all);
}

function parse(args, defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      value === undefined
        ? { type: "string" }
        : { type: value === false ? "boolean" : "string", default: value },
    ]),
  );
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(error.message.split("\n")[0]);
  }
}

/** Names that are separated by commas, each a key of `known`. */
export function namesIn(text, option, known) {
  const names = [...new Set(text.split(","))];
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return names;
  throw new UsageError(`${option} has no "${unknown}", only ${[...known.keys()].join(", ")}`);
}

export function numberIn(text, { name, min, max }) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}
