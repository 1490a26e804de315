/** A service that containers of a schema reach by its name. */
export interface ServiceAddress {
  /** As in DNS: lower case, `_` as `-`. */
  readonly host: string;
  readonly port: number;
  readonly localPort: number;
}

/**
 * A text with the addresses of services (`milvus:19530`, `milvus.<hash>.svc.spcs.internal:19530`) as local ones, and
 * `0.0.0.0` as 127.0.0.1: what a container serves to its account is not served to this machine's network.
 */
export function localAddresses(text: string, services: readonly ServiceAddress[]): string {
  const loopback = text.replaceAll(/(?<![\d.])0\.0\.0\.0(?![\d.])/g, "127.0.0.1");
  return services.reduce((rewritten, { host, port, localPort }) => {
    const name = host.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const address = new RegExp(
      `(?<![\\w.-])${name}(?:\\.[a-z0-9.-]*\\.(?:spcs|snowflakecomputing)\\.internal)?:${port}(?!\\d)`,
      "gi",
    );
    return rewritten.replaceAll(address, `127.0.0.1:${localPort}`);
  }, loopback);
}
