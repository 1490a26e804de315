import type { ConnectionSettings } from "../config/connection-settings.ts";
import { freshUsers } from "./account/fresh-state.ts";

export interface SimulatorAddress {
  /** `<organization>-<account>`. */
  readonly account: string;
  /** On 127.0.0.1. */
  readonly port: number;
}

const host = "127.0.0.1";

/**
 * How to sign in to a simulator as the administrator of its fresh account, with the access token that nothing but a
 * simulator takes.
 */
export function simulatorConnection({ account, port }: SimulatorAddress): ConnectionSettings {
  const { user, token } = administrator();
  return {
    name: "simulator",
    origin: "a simulated account on this machine",
    account,
    user,
    authenticator: "PROGRAMMATIC_ACCESS_TOKEN",
    token,
    host,
    port,
    protocol: "http",
    others: {},
  };
}

/** The same as a section of `connections.toml`. */
export function connectionSection(address: SimulatorAddress, name = "simulator"): string {
  const { user, token } = administrator();
  const lines = [
    `[${name}]`,
    `account = ${JSON.stringify(address.account)}`,
    `user = ${JSON.stringify(user)}`,
    'authenticator = "PROGRAMMATIC_ACCESS_TOKEN"',
    `token = ${JSON.stringify(token)}`,
    'protocol = "http"',
    `host = ${JSON.stringify(host)}`,
    `port = ${address.port}`,
  ];
  return `${lines.join("\n")}\n`;
}

function administrator(): { readonly user: string; readonly token: string } {
  const [first] = freshUsers;
  if (first?.token === undefined) throw new Error("A fresh account has no administrator's token");
  return { user: first.name, token: first.token };
}
