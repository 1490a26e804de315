import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { messageOf } from "@redkite/engine";
import { ServerError } from "./server-error.ts";

/** What TLS needs, as PEM. */
export interface TlsMaterial {
  /** The server's certificate, with those between it and its authority behind it. */
  readonly cert: Buffer;
  /** The certificate's private key, not encrypted. */
  readonly key: Buffer;
  /** Who vouches for clients. When given, only clients with such a certificate are served. */
  readonly ca?: Buffer;
}

/** Throws `ServerError` that says which of the three can't be used, and why. */
export function checkTls({ cert, key, ca }: TlsMaterial): void {
  const certificate = tryTo("the TLS certificate", () => new X509Certificate(cert));
  const privateKey = tryTo("the TLS key", () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw tlsError("the TLS key", "it is not the key of the certificate");
  }
  tryTo("the TLS certificate", () => createSecureContext({ cert, key }));
  if (ca === undefined) return;
  tryTo("the certificate authority of clients", () => new X509Certificate(ca));
}

function tryTo<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw tlsError(what, messageOf(cause), { cause });
  }
}

function tlsError(what: string, reason: string, options?: { cause: unknown }): ServerError {
  return new ServerError("tls-invalid", `Cannot use ${what}: ${reason}`, options);
}
