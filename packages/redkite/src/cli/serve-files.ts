import { readFile } from "node:fs/promises";
import { messageOf } from "@redkite/engine";
import {
  checkTls,
  ServerError,
  type ServerOptions,
  type TlsMaterial,
} from "@redkite/milvus/server";
import { UsageError } from "../usage-error.ts";
import type { ServeOptions } from "./serve-options.ts";

/**
 * Key and certificates from the files that the options name; undefined when they name none. Throws
 * `UsageError` that names the file and what is wrong with it.
 */
export async function readTls(options: ServeOptions): Promise<TlsMaterial | undefined> {
  const { tlsCert, tlsKey, tlsClientCa } = options;
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    const missing = tlsCert === undefined ? "--tls-cert" : "--tls-key";
    throw new UsageError(`TLS needs a certificate and its key. Give ${missing}, too`);
  }
  const tls = {
    cert: await readNamed("--tls-cert", tlsCert),
    key: await readNamed("--tls-key", tlsKey),
    ...(tlsClientCa === undefined ? {} : { ca: await readNamed("--tls-client-ca", tlsClientCa) }),
  };
  try {
    checkTls(tls);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const files = [tlsCert, tlsKey, ...(tlsClientCa === undefined ? [] : [tlsClientCa])];
    throw new UsageError(`${error.message} (of the files ${files.join(", ")})`, { cause: error });
  }
  return tls;
}

/**
 * How clients sign in; undefined when they need not. Throws `UsageError` for a file that can't be
 * read, and for options that make no sense together.
 */
export async function readAuth(
  options: ServeOptions,
  givenPassword: string | undefined,
): Promise<NonNullable<ServerOptions["auth"]> | undefined> {
  const { auth, rootPasswordFile, resetRootPassword = false } = options;
  if (!auth) {
    const unused =
      rootPasswordFile !== undefined ? "--root-password-file" : "--reset-root-password";
    if (rootPasswordFile === undefined && !resetRootPassword) return undefined;
    throw new UsageError(`${unused} is for servers whose clients sign in. Give --auth, too`);
  }
  if (rootPasswordFile === undefined) {
    return { isReset: resetRootPassword, ...(givenPassword ? { password: givenPassword } : {}) };
  }
  if (givenPassword) {
    throw new UsageError(
      "Root's password is given twice. Leave out REDKITE_ROOT_PASSWORD or --root-password-file",
    );
  }
  const bytes = await readNamed("--root-password-file", rootPasswordFile);
  // Editors end a file with a line break that nobody means.
  return { isReset: resetRootPassword, password: bytes.toString("utf8").replace(/\r?\n$/, "") };
}

async function readNamed(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new UsageError(`Cannot read the file of ${option}: ${messageOf(cause)}`, { cause });
  }
}
