/** Runs the tools that make the clients: pip, go, mvn, javac, npm, openssl. */
import { execFileSync } from "node:child_process";

/** Installing from a registry, and building a client's whole dependencies, take minutes on a small machine. */
const TOOL_TIMEOUT_MS = 900_000;

/**
 * @param {string} command @param {string[]} args
 * @param {{cwd?: string, env?: Record<string, string>}} [options] `env` is added to this process's
 * @returns {string} what it printed; throws the error of `execFileSync` when it fails
 */
export function runTool(command, args, { cwd, env = {} } = {}) {
  return execFileSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TOOL_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** @param {string} command @param {string[]} args that make it print something and end */
export function toolIsThere(command, args) {
  try {
    runTool(command, args);
    return true;
  } catch {
    return false;
  }
}

/** @param {any} error what `runTool` threw @returns {string} the last line that the tool printed */
export function lastLine(error) {
  const said = [error.stdout, error.stderr].filter(Boolean).join("\n").trim();
  return (said === "" ? error.message : said).split("\n").at(-1);
}
