import { createRequire } from "node:module";
import { BrainError, messageOf } from "../base/brain-error.ts";

const requirePeer = createRequire(import.meta.url);

/** How to install a package that only some models need. */
const installs: Readonly<Record<string, string>> = {
  // Its install script downloads CUDA libraries, which a CPU has no use for.
  "onnxruntime-node": "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node",
  "@huggingface/tokenizers": "npm install @huggingface/tokenizers",
  "@huggingface/transformers":
    "ONNXRUNTIME_NODE_INSTALL=skip npm install @huggingface/transformers",
};

/**
 * Loads a package that users install only if they use it.
 *
 * @throws {BrainError} `dependency-missing`, with the command that installs it.
 */
export function loadOptionalPeer(name: keyof typeof installs, forWhat: string): unknown {
  try {
    return requirePeer(name);
  } catch (cause) {
    const install = installs[name];
    const reason = isNotFound(cause, name)
      ? "it is not installed"
      : `it does not load (${messageOf(cause)})`;
    throw new BrainError(
      "dependency-missing",
      `Cannot load ${forWhat}: it needs the package ${name}, and ${reason}; run: ${install}`,
      { details: { package: name, install }, cause },
    );
  }
}

function isNotFound(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "MODULE_NOT_FOUND" &&
    error.message.includes(`'${name}'`)
  );
}
