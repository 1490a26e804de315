import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { nodeFileSystem } from "../../src/storage/node-file-system.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";
import { describeFileSystem } from "../kit/file-system-suite.ts";

describeFileSystem("nodeFileSystem", async () => {
  const root = await mkdtemp(join(tmpdir(), "redkite-"));
  return { fs: nodeFileSystem, root, dispose: () => rm(root, { recursive: true }) };
});

describeFileSystem("MemoryFileSystem", async () => {
  const fs = new MemoryFileSystem();
  await fs.makeDirectory("/db");
  return { fs, root: "/db" };
});

describeFileSystem("FaultFileSystem", async () => {
  const fs = new FaultFileSystem();
  await fs.makeDirectory("/db");
  return { fs, root: "/db" };
});
