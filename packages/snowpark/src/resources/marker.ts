import { createHash } from "node:crypto";

const managedBy = "redkite";

/** What the comment of an object of ours says: whose it is and what it should be. */
export interface Marker {
  readonly deployment: string;
  /** SHA-256 of what the object should be, in hexadecimal. */
  readonly digest: string;
}

/** The marker of an object that should be as `wanted` says. */
export function markerOf(deployment: string, wanted: unknown): Marker {
  return { deployment, digest: createHash("sha256").update(canonicalJson(wanted)).digest("hex") };
}

/** A marker as the text of a comment. */
export function markerComment(marker: Marker): string {
  return JSON.stringify({
    "managed-by": managedBy,
    deployment: marker.deployment,
    digest: marker.digest,
  });
}

/** The marker that a comment holds. `undefined` for every other text. */
export function readMarker(comment: string | null | undefined): Marker | undefined {
  if (comment === null || comment === undefined || !comment.startsWith("{")) {
    return undefined;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(comment);
  } catch {
    // Somebody else's text that happens to begin as ours does.
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) {
    return undefined;
  }
  const { "managed-by": by, deployment, digest } = parsed as Readonly<Record<string, unknown>>;
  return by === managedBy && typeof deployment === "string" && typeof digest === "string"
    ? { deployment, digest }
    : undefined;
}

/** JSON whose text does not depend on the order in which keys were written. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
