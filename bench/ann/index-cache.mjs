// Where indexes are kept: building those of other engines takes minutes, and they do not change.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const defaultFolder = fileURLToPath(new URL("../.data", import.meta.url));

export function indexPath(dataSet, indexName) {
  return join(dataSet.folder, indexName);
}

/** The record is written when the index is whole. */
export function recordPath(dataSet, indexName) {
  return join(dataSet.folder, `${indexName}.json`);
}

/**
 * What building the index took, and what it holds in memory: from its record, or found out now, each
 * in a process of its own.
 *
 * @returns {{ seconds: number, cpuSeconds: number, bytesOnDisk: number, residentBytes: number }}
 */
export function builtIndex(dataSet, indexName, { folder, rebuild, threads }) {
  const path = recordPath(dataSet, indexName);
  const args = [dataSet.name, dataSet.rowCount, indexName, folder, threads];
  if (rebuild || !existsSync(path)) runScript("build-index.mjs", args);
  const record = JSON.parse(readFileSync(path, "utf8"));
  if (record.residentBytes === undefined) {
    Object.assign(record, JSON.parse(runScript("measure-memory.mjs", args)));
    writeFileSync(path, `${JSON.stringify(record, undefined, 2)}\n`);
  }
  return record;
}

/** Runs a script of this folder and answers what it printed. What it prints as an error is shown. */
function runScript(name, args) {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--expose-gc", path, ...args.map(String)],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  if (status === 0) return stdout;
  throw new Error(`${name} ${args.join(" ")} ended with ${status}`);
}
