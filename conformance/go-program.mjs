/** Builds the Go client's application, or says why it cannot be built. Versions are pinned by go.mod and go.sum. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lastLine, runTool, toolIsThere } from "./tool.mjs";

const SOURCE = fileURLToPath(new URL("./application/go", import.meta.url));
const CACHE = fileURLToPath(new URL("./.cache/go", import.meta.url));
/** The first build compiles all that the SDK needs: without optimizing it takes two thirds of the time. */
const FLAGS = ["-mod=readonly", "-gcflags=all=-N -l", "-ldflags=-s -w"];

/** @returns {{command: string} | {missing: string}} */
export function goProgram() {
  if (!toolIsThere("go", ["version"])) return { missing: "go was not found" };
  const command = join(CACHE, "application");
  mkdirSync(CACHE, { recursive: true });
  try {
    runTool("go", ["build", ...FLAGS, "-o", command, "."], {
      cwd: SOURCE,
      env: { CGO_ENABLED: "0" },
    });
  } catch (error) {
    return { missing: `the Go application could not be built: ${lastLine(error)}` };
  }
  return { command };
}
