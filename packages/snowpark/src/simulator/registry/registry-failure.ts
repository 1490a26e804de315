import { HttpFailure } from "../http/http-failure.ts";

/** The error codes of the OCI distribution specification that are used here, with their HTTP statuses. */
const statuses = {
  UNAUTHORIZED: 401,
  DENIED: 403,
  NAME_UNKNOWN: 404,
  NAME_INVALID: 400,
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  SIZE_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  UNSUPPORTED: 405,
} as const;

/** An error as registries send it. */
export function registryFailure(
  code: keyof typeof statuses,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpFailure {
  return new HttpFailure(statuses[code], { errors: [{ code, message, detail: null }] }, headers);
}
