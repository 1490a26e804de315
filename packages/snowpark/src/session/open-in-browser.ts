import { spawn } from "node:child_process";

/** Opens an address in the system's browser. Where there is none nothing happens: the address is shown as well. */
export function openInBrowser(url: string): void {
  const [program, ...parameters] = openers[process.platform] ?? ["xdg-open"];
  if (program === undefined) return;
  const opener = spawn(program, [...parameters, url], { detached: true, stdio: "ignore" });
  opener.once("error", () => undefined);
  opener.unref();
}

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};
