// Other engines, and the packages with real data, are installed only for the bench, apart from the
// workspaces: what users install never has them.
import { createRequire } from "node:module";

export const installCommand = "npm ci --prefix bench/ann-peers";

export const requirePeer = createRequire(new URL("../ann-peers/package.json", import.meta.url));

/** The version that is installed, or `undefined`. */
export function versionOf(packageName) {
  try {
    return requirePeer(`./node_modules/${packageName}/package.json`).version;
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
