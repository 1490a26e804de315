import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memoryPath } from "@redkite/engine";

const scheme = /^[a-z][a-z0-9+.-]*:\/\//i;
const relativeOrAbsolute = /^(\.{1,2}$|\.{0,2}[/\\])/;
const windowsDrive = /^[a-z]:[/\\]/i;

/**
 * The folder that an address names, or undefined when it is that of a server. Folders are
 * `:memory:`, `file:` URLs, whatever starts like a path (`./`, `../`, `/`, `~/`, `C:\`) or ends in
 * `.db`; everything else (`host:port`, `http://`, `https://`, `unix:`) is the SDK's.
 */
export function localPathOf(address: string): string | undefined {
  if (address === memoryPath) return address;
  if (address.startsWith("file://")) return fileURLToPath(address);
  if (address.startsWith("file:")) return address.slice("file:".length);
  if (scheme.test(address) || address.startsWith("unix:")) return undefined;
  if (address.startsWith("~/")) return join(homedir(), address.slice(2));
  const isPath =
    relativeOrAbsolute.test(address) || windowsDrive.test(address) || address.endsWith(".db");
  return isPath ? address : undefined;
}
