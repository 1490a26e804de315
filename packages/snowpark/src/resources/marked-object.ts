import type { SqlRow } from "../session/snow-session.ts";
import { literal } from "../sql/quote.ts";
import { type Marker, markerComment, readMarker } from "./marker.ts";
import type { Change, Observation, Step } from "./resource.ts";

/** What there is to do with an object that carries our marker in its comment. */
export interface MarkedObject {
  readonly marker: Marker;
  readonly create: readonly Step[];
  /** In which fields that the row shows the object is not as it should be. */
  readonly changes?: readonly Change[];
  /** What the marker's digest stands for, where no column shows it, and what makes it so. */
  readonly unshown?: { readonly field: string; readonly steps: readonly Step[] };
  /** Writes the marker. */
  readonly mark: Step;
  readonly remove: readonly Step[];
  /** Takes an object without any comment for ours, as the schema that comes with a database. */
  readonly adoptsUnmarked?: boolean;
}

/**
 * What follows from an object's row. The marker is written after the changes that it stands for: when a crash comes
 * between, the old marker makes the next look do them again.
 */
export function observeMarked(
  row: SqlRow | undefined,
  object: MarkedObject,
  comment: string | null | undefined = row?.["comment"],
): Observation {
  if (row === undefined) {
    return { kind: "absent", create: object.create };
  }
  const found = readMarker(comment);
  const adopted = object.adoptsUnmarked === true && (comment ?? "") === "";
  if (found?.deployment !== object.marker.deployment && !adopted) {
    return { kind: "foreign", found: describeOwner(found, row["owner"]) };
  }
  const changes = [...(object.changes ?? [])];
  if (found?.digest !== object.marker.digest) {
    changes.push({
      field: object.unshown?.field ?? "comment",
      is: found === undefined ? "none" : `digest ${found.digest.slice(0, 12)}`,
      wanted: `digest ${object.marker.digest.slice(0, 12)}`,
      steps: [...(object.unshown?.steps ?? []), object.mark],
    });
  }
  return { kind: "present", changes, remove: object.remove };
}

/** A change of a field, if it is one. */
export function difference(
  field: string,
  shown: { readonly is: string | null | undefined; readonly wanted: string },
  ...steps: readonly Step[]
): readonly Change[] {
  const is = shown.is ?? "";
  return is === shown.wanted ? [] : [{ field, is, wanted: shown.wanted, steps }];
}

/** A difference that no statement mends. */
export function blockedDifference(
  field: string,
  shown: { readonly is: string | null | undefined; readonly wanted: string },
  instead: string,
): readonly Change[] {
  return difference(field, shown).map((change) => ({ ...change, blocked: instead }));
}

/** ` COMMENT = '…'` with a marker. */
export function commentClause(marker: Marker): string {
  return `COMMENT = ${literal(markerComment(marker))}`;
}

function describeOwner(marker: Marker | undefined, owner: string | null | undefined): string {
  return marker === undefined
    ? `it carries no mark of a deployment${owner ? `, and the role ${owner} owns it` : ""}`
    : `it belongs to the deployment ${marker.deployment}`;
}
