import type { ConnectionSettings } from "../config/connection-settings.ts";
import { openInBrowser } from "./open-in-browser.ts";
import type { SessionDependencies } from "./session-dependencies.ts";

/** A connection as `snowflake-sdk` names its options. */
export function sdkOptions(
  settings: ConnectionSettings,
  {
    showSignInAddress,
    openSignInAddress = openInBrowser,
  }: Pick<SessionDependencies, "showSignInAddress" | "openSignInAddress"> = {},
): Record<string, unknown> {
  const options: Record<string, unknown> = {
    ...Object.fromEntries(
      Object.entries(settings.others).map(([key, value]) => [camelCase(key), value]),
    ),
    account: settings.account,
    username: settings.user,
    authenticator: settings.authenticator,
    role: settings.role,
    warehouse: settings.warehouse,
    database: settings.database,
    schema: settings.schema,
    host: settings.host,
    port: settings.port,
    protocol: settings.protocol,
    password: settings.password,
    passcode: settings.passcode,
    token: settings.token,
    privateKey: settings.privateKey,
    privateKeyPass: settings.privateKeyPassphrase,
    application: "Redkite",
    // Values that are asked for as text would else have nulls as the text NULL.
    representNullAsStringNull: false,
    // Waiting for a pool takes longer than an idle session lives.
    clientSessionKeepAlive: true,
    openExternalBrowserCallback: (url: string): void => {
      showSignInAddress?.(url);
      // The account names it: the system's opener would open files and programs as well.
      if (/^https?:\/\//i.test(url)) openSignInAddress(url);
    },
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function camelCase(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
