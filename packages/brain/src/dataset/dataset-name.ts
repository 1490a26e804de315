import { BrainError } from "../base/brain-error.ts";

/** A dataset's name is its folder's: it must be one on every system. */
const nameLengthMax = 100;

/** What Windows takes for a device, whatever its ending. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Throws `invalid-argument` for what can't be a dataset's name. */
export function checkDatasetName(name: string): void {
  const isName = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]*[\p{L}\p{N}_-])?$/u.test(name);
  if (isName && name.length <= nameLengthMax && !devices.test(name)) return;
  throw new BrainError(
    "invalid-argument",
    `Cannot use ${JSON.stringify(name)} as the name of a dataset: names begin with a letter or a digit and ` +
      `have letters, digits, spaces, ".", "_" and "-", at most ${nameLengthMax}, and are no device of Windows`,
    { details: { name } },
  );
}

/** A name for a dataset that was given none: the moment of its making, in UTC. */
export function defaultDatasetName(now: Date): string {
  return now.toISOString().replace(/[-:T]/g, ".").replace("Z", "");
}

/** A pattern with `*` and `?` as names are matched by it, in whole. */
export function globPattern(glob: string): RegExp {
  const text = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${text}$`, "su");
}
