/** A content address of the registry: only SHA-256 is used. */
export const digestPattern: RegExp = /^sha256:[0-9a-f]{64}$/;

/** The hexadecimal part of a digest, fit for a file name. */
export function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}
