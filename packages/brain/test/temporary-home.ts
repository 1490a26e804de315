import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

/** A home folder of its own for each test of the file; call it where the tests are described. */
export function temporaryHome(): { readonly path: string } {
  const home = { path: "" };
  beforeEach(async () => {
    home.path = await mkdtemp(join(tmpdir(), "redkite-brain-"));
  });
  afterEach(async () => {
    await rm(home.path, { recursive: true, force: true });
  });
  return home;
}
