#!/usr/bin/env node
// The `redkite` command. The code is in src/cli; this only tells those who forgot to build it.
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write("redkite: not built yet. Run `npm run build` in the repository first\n");
  process.exitCode = 2;
}
