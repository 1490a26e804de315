import { createHash } from "node:crypto";
import type { Behaviour } from "./behaviour.ts";
import type { ServiceObject } from "./state.ts";
import type { SimulatedAccountOptions } from "./surroundings.ts";

/** `organization-account` as host names have it: lower case, with hyphens for underscores. */
export function accountHostName(names: SimulatedAccountOptions["names"]): string {
  return `${names.organization}-${names.account}`.toLowerCase().replaceAll("_", "-");
}

const snowflakeDomain = "snowflakecomputing.com";

/** The image registry's host, with a port where it has one. */
export function registryHost(options: SimulatedAccountOptions): string {
  return options.registryHost ?? `${accountHostName(options.names)}.registry.${snowflakeDomain}`;
}

/** The host of a public endpoint. It stays the same until the service is dropped. */
export function ingressHost(
  options: SimulatedAccountOptions,
  service: ServiceObject,
  endpoint: string,
): string {
  const prefix = digits(`${service.id} ${endpoint}`, 6);
  const domain = options.ingressDomain ?? "snowflakecomputing.app";
  return `${prefix}-${accountHostName(options.names)}.${domain}`;
}

/** A service's name within the account's own network. */
export function dnsName(service: ServiceObject, behaviour: Behaviour): string {
  const [database = "", schema = "", name = ""] = service.name.map((part) =>
    part.toLowerCase().replaceAll("_", "-"),
  );
  return behaviour.hasHashedDnsNames
    ? `${name}.${dnsDomain(service.name)}`
    : `${name}.${schema}.${database}.snowflakecomputing.internal`;
}

/** What the DNS names of a schema's services end in, since BCR-1656. */
export function dnsDomain(name: readonly string[]): string {
  return `${digits(name.slice(0, 2).join("."), 4)}.svc.spcs.internal`;
}

/** Small letters and digits made of a text: the same for the same text. */
function digits(text: string, count: number): string {
  const number = BigInt(`0x${createHash("sha256").update(text).digest("hex")}`);
  return number.toString(36).slice(0, count);
}
