import type { ClientConfig, MilvusClient } from "@redkite/milvus/client";
import { BrainError } from "../base/brain-error.ts";
import { callMilvus } from "./milvus-status.ts";

/** How to reach a Milvus server. Never stored. */
export interface MilvusCredentials {
  /** Such as "http://localhost:19530". */
  readonly uri?: string;
  readonly user?: string;
  readonly password?: string;
  /** Whether to use TLS. Default: when the URI begins with https. */
  readonly secure?: boolean;
  /** An API key, or "user:password". */
  readonly token?: string;
  readonly dbName?: string;
  readonly clientKeyPath?: string;
  readonly clientPemPath?: string;
  readonly caPemPath?: string;
  readonly serverPemPath?: string;
  readonly serverName?: string;
}

/** The names of credentials, none of which is ever stored. */
export const credentialNames: readonly (keyof MilvusCredentials)[] = [
  "uri",
  "user",
  "password",
  "secure",
  "token",
  "dbName",
  "clientKeyPath",
  "clientPemPath",
  "caPemPath",
  "serverPemPath",
  "serverName",
];

/** Where vectors are: in a folder, by a database in this process, or on a server. */
export type MilvusPlace =
  | { readonly kind: "embedded"; readonly path: string }
  | { readonly kind: "server"; readonly credentials: MilvusCredentials };

const uriDefault = "http://localhost:19530";
const connectTimeoutMs = 10_000;

/**
 * A client that is connected.
 *
 * @throws {BrainError} `server-unreachable` when nobody answers, `milvus-failed` when the answer is no.
 */
export async function connectMilvus(place: MilvusPlace): Promise<MilvusClient> {
  const config = configOf(place);
  // Loaded now, not by everybody who imports this package: it takes longer than all the rest.
  const milvus = await import("@redkite/milvus/client");
  const client = new milvus.MilvusClient(config);
  try {
    await callMilvus(`connect to ${config.address}`, async () => {
      await client.connectPromise;
      // A connection that is refused shows at the first call only.
      return await client.getVersion();
    });
    return client;
  } catch (cause) {
    await client.closeConnection().catch(() => undefined);
    if (!(cause instanceof BrainError) || place.kind === "embedded") throw cause;
    throw new BrainError(
      cause.code,
      `Failed to connect to Milvus backend at URI '${config.address}': ${String(cause.details["reason"])}. Check uri, user, password and token, and that the server runs (redkite serve)`,
      { details: { uri: config.address }, cause },
    );
  }
}

function configOf(place: MilvusPlace): ClientConfig {
  if (place.kind === "embedded") return { address: place.path };
  const { uri = uriDefault, user, password, token, dbName } = place.credentials;
  const { secure, clientKeyPath, clientPemPath, caPemPath, serverPemPath, serverName } =
    place.credentials;
  const rootCertPath = caPemPath ?? serverPemPath;
  const tls = {
    ...(rootCertPath === undefined ? {} : { rootCertPath }),
    ...(clientKeyPath === undefined ? {} : { privateKeyPath: clientKeyPath }),
    ...(clientPemPath === undefined ? {} : { certChainPath: clientPemPath }),
    ...(serverName === undefined ? {} : { serverName }),
  };
  return {
    address: uri,
    timeout: connectTimeoutMs,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(dbName === undefined ? {} : { database: dbName }),
    ...(secure === undefined ? {} : { ssl: secure }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}
