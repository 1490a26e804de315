import { Bitset } from "../base/bitset.ts";
import type { Column } from "../schema/column.ts";

/**
 * What a condition says of rows 0 to n-1: TRUE for those in `matches`, UNKNOWN for those in
 * `unknown`, FALSE for the others. No row is in both. The bitsets belong to whoever holds the
 * verdict, and may be changed by it.
 */
export interface Verdict {
  readonly matches: Bitset;
  /** Absent when there is no such row. */
  readonly unknown: Bitset | undefined;
}

export function constantVerdict(value: boolean, rowCount: number): Verdict {
  const matches = value ? Bitset.full(rowCount) : new Bitset(rowCount);
  return { matches, unknown: undefined };
}

/** Takes the rows without a value out of `matches` and makes them UNKNOWN. */
export function withNulls(matches: Bitset, { validity }: Pick<Column, "validity">): Verdict {
  if (validity === undefined) return { matches, unknown: undefined };
  const present = Bitset.ofBytes(matches.size, validity);
  return { matches: matches.and(present), unknown: present.not() };
}

/** The rows that have no value. */
export function nullsOf(validity: Uint8Array | undefined, rowCount: number): Bitset {
  return validity === undefined ? new Bitset(rowCount) : Bitset.ofBytes(rowCount, validity).not();
}

export function not({ matches, unknown }: Verdict): Verdict {
  if (unknown !== undefined) matches.or(unknown);
  return { matches: matches.not(), unknown };
}

/** SQL's AND: FALSE if one side is, else UNKNOWN if one side is. Uses up both verdicts. */
export function and(left: Verdict, right: Verdict): Verdict {
  if (left.unknown === undefined && right.unknown === undefined) {
    return { matches: left.matches.and(right.matches), unknown: undefined };
  }
  const possible = possibleOf(left).and(possibleOf(right));
  const matches = left.matches.and(right.matches);
  return { matches, unknown: possible.andNot(matches) };
}

/** SQL's OR: TRUE if one side is, else UNKNOWN if one side is. Uses up both verdicts. */
export function or(left: Verdict, right: Verdict): Verdict {
  const matches = left.matches.or(right.matches);
  const unknown = union(left.unknown, right.unknown);
  return { matches, unknown: unknown?.andNot(matches) };
}

/** The rows that are not FALSE, as a bitset of its own. */
export function possibleOf({ matches, unknown }: Verdict): Bitset {
  const possible = matches.clone();
  return unknown === undefined ? possible : possible.or(unknown);
}

function union(left: Bitset | undefined, right: Bitset | undefined): Bitset | undefined {
  if (left === undefined) return right;
  return right === undefined ? left : left.or(right);
}
