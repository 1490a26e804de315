/** Installs LangChain.js and LlamaIndex.TS beside their programs (`stores/`), or says why they are not there. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lastLine, runTool } from "./tool.mjs";

const FOLDER = fileURLToPath(new URL("./stores", import.meta.url));
/** LangChain's package names dozens of peers, of which the Milvus store needs none. */
const INSTALL = ["ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"];

/**
 * @param {URL} program
 * @returns {{command: string, args: string[]} | {missing: string}}
 */
export function storeProgram(program) {
  const lock = readFileSync(join(FOLDER, "package-lock.json"), "utf8");
  const mark = join(FOLDER, "node_modules", "installed-lock.json");
  try {
    if (!existsSync(mark) || readFileSync(mark, "utf8") !== lock) {
      runTool("npm", [...INSTALL], { cwd: FOLDER });
      writeFileSync(mark, lock);
    }
  } catch (error) {
    return { missing: `the stores of JavaScript could not be installed: ${lastLine(error)}` };
  }
  return { command: process.execPath, args: [fileURLToPath(program)] };
}
