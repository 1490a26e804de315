import { expect, test } from "vitest";
import type { ConnectionSettings } from "../../src/config/connection-settings.ts";
import { sdkOptions } from "../../src/session/sdk-options.ts";

const settings: ConnectionSettings = {
  name: "test",
  origin: "a test",
  account: "a-b",
  authenticator: "EXTERNALBROWSER",
  others: { login_timeout: 5 },
};

function openAll(urls: readonly string[]): { shown: string[]; opened: string[] } {
  const [shown, opened]: [string[], string[]] = [[], []];
  const options = sdkOptions(settings, {
    showSignInAddress: (url) => shown.push(url),
    openSignInAddress: (url) => opened.push(url),
  });
  const open = options["openExternalBrowserCallback"];
  if (typeof open !== "function") throw new Error("There is no callback");
  for (const url of urls) open(url);
  return { shown, opened };
}

test("sdkOptions() opens addresses of the web in the browser, and nothing else", () => {
  const good = ["https://idp.example/sso?x=1", "http://127.0.0.1:80/a"];
  const bad = ["file:///etc/passwd", "--help", "smb://host/x", "javascript:alert(1)", ""];
  expect(openAll([...good, ...bad])).toEqual({ shown: [...good, ...bad], opened: good });
});

test("sdkOptions() names other keys as the package does, and leaves out what has no value", () => {
  const options = sdkOptions(settings);
  expect(options).toMatchObject({ account: "a-b", loginTimeout: 5 });
  expect(options).not.toHaveProperty("password");
});
