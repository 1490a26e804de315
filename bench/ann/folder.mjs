import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultFolder } from "./index-cache.mjs";

/** Calls `use` with the folder for data and indexes. That of a small run is gone afterwards. */
export async function withFolder({ folder, small }, use) {
  if (folder !== undefined || !small) return use(folder ?? defaultFolder);
  const own = mkdtempSync(join(tmpdir(), "redkite-bench-"));
  try {
    return await use(own);
  } finally {
    rmSync(own, { recursive: true });
  }
}
