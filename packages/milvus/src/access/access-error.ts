/** Why a call was refused before it was looked at further. */
export type AccessErrorKind = "denied" | "unauthenticated";

/**
 * A call that its caller may not make. Transports answer it as an error of theirs, as Milvus does
 * (gRPC: 16 UNAUTHENTICATED or 7 PERMISSION_DENIED; HTTP: 401 or 403), not as a status of the
 * response: clients repeat neither. The message is Milvus's.
 */
export class AccessError extends Error {
  override readonly name = "AccessError";
  readonly kind: AccessErrorKind;

  constructor(kind: AccessErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
