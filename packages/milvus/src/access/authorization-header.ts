/** What a client says about who it is. */
export type Credentials =
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  /** A token that is no `user:password`. Milvus has none of its own; clouds do. */
  | { readonly kind: "key" };

const scheme = /^(basic|bearer)\s+(.*)$/is;
const base64 = /^(?:[a-z0-9+/]{4})*(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?$/i;

/**
 * Reads an `authorization` header in all forms that Milvus's clients send: the base64 of
 * `user:password` (gRPC), `Bearer user:password` and `Basic base64` (REST). Undefined for a header
 * that has none of them.
 */
export function readAuthorization(header: string): Credentials | undefined {
  const [, name, value] = scheme.exec(header) ?? [];
  const token = name?.toLowerCase() === "bearer" ? value : decodeBase64(value ?? header);
  if (token === undefined) return undefined;
  const colon = token.indexOf(":");
  if (colon < 0) return { kind: "key" };
  return { kind: "password", user: token.slice(0, colon), password: token.slice(colon + 1) };
}

/** The text of base64, or undefined for what is not. */
export function decodeBase64(text: string): string | undefined {
  return base64.test(text) ? Buffer.from(text, "base64").toString("utf8") : undefined;
}
