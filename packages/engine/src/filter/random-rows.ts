import { Bitset } from "../base/bitset.ts";

/**
 * A random choice of that part of the rows, rounded down but not to none. Each choice of as many
 * rows is as likely (Knuth's algorithm S).
 */
export function randomRows(rows: Bitset, factor: number, random: () => number): Bitset {
  let left = rows.count();
  let wanted = Math.max(1, Math.floor(left * factor));
  const chosen = new Bitset(rows.size);
  rows.forEach((row) => {
    if (random() * left < wanted) {
      chosen.add(row);
      wanted--;
    }
    left--;
  });
  return chosen;
}
