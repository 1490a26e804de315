// A process that locks the folders it is sent, says what came of it, and holds them until killed.
// For node-directory-lock.test.ts.
import { nodeFileSystem } from "../../dist/storage/node-file-system.js";

process.on("message", async (folder) => {
  try {
    await nodeFileSystem.lockDirectory(folder);
    process.send("held");
  } catch (error) {
    process.send(error.code ?? String(error));
  }
});
process.send("ready");
