import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of a key or certificate for tests, which `make.sh` has made. */
export function tlsPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

export function tlsFile(name: string): Buffer {
  return readFileSync(tlsPath(name));
}
