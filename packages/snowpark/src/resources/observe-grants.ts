import type { Change, Observation, Step } from "./resource.ts";

/** A grant that there should be. */
export interface WantedGrant {
  readonly title: string;
  readonly isThere: boolean;
  readonly grant: Step;
}

/** What follows for a set of grants, which a crash may have left half made. Grants fall with what they are on. */
export function observeGrants(
  wanted: readonly WantedGrant[],
  surplus: readonly Change[] = [],
): Observation {
  const missing = wanted.filter(({ isThere }) => !isThere);
  if (missing.length > 0 && missing.length === wanted.length && surplus.length === 0) {
    return { kind: "absent", create: missing.map(({ grant }) => grant) };
  }
  const changes = missing.map(({ title, grant }): Change => {
    return { field: title, is: "not granted", wanted: "granted", steps: [grant] };
  });
  return { kind: "present", changes: [...changes, ...surplus], remove: [] };
}
