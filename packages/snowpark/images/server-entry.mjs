/**
 * What a container of the server image begins with: makes the data folder, gives up the rights of root, and becomes
 * `redkite serve`. Outside of its container, as under the simulator, it leaves users and owners as they are.
 */
import { chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The user and group `redkite` of the image's /etc/passwd. */
const owner = 10_001;
const isContained = fileURLToPath(import.meta.url) === "/app/server-entry.mjs";
const { env } = process;
const data = env.REDKITE_DATA;

// Service functions bring no password: their port is open where the platform guards it, and nowhere else.
if (env.REDKITE_SNOWFLAKE === "on") env.REDKITE_FUNCTIONS_PORT ??= "19531";
else delete env.REDKITE_FUNCTIONS_PORT;

mkdirSync(data, { recursive: true });
if (isContained) {
  removeForeignLocks(data);
  // Volumes come mounted as root's. Where the platform runs the image as another user, there is nothing to give up.
  if (process.getuid() === 0) {
    // The folder above is the volume's own, and may have what only root may see.
    chownSync(dirname(data), owner, owner);
    takeOver(data);
    process.setgroups([owner]);
    process.setgid(owner);
    process.setuid(owner);
  }
}
await import("./node_modules/redkite/dist/cli/main.js");

/** Gives a folder to the user, with all that is in it if it was not the user's: after a restore, say. */
function takeOver(path) {
  const status = lstatSync(path);
  if (status.uid === owner) return;
  if (status.isDirectory()) {
    for (const name of readdirSync(path)) takeOver(join(path, name));
  }
  // Last: what was broken off is done again at the next start.
  if (!status.isSymbolicLink()) chownSync(path, owner, owner);
}

/**
 * A block volume is in one container at a time. So a lock of another host is of a container that is gone, which its
 * host's name, another one after each move, keeps the engine from finding out.
 */
function removeForeignLocks(folder) {
  for (const name of readdirSync(folder)) {
    if (name !== "LOCK" && !name.startsWith("LOCK.")) continue;
    const file = join(folder, name);
    if (hostOf(file) === hostname()) continue;
    process.stderr.write(`redkite: ${name} of a container that is gone has been removed\n`);
    rmSync(file, { force: true });
  }
}

function hostOf(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).host;
  } catch {
    // Torn, or of no form that we know: the engine says so better than we can.
    return hostname();
  }
}
