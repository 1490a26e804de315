/** The known name that a mistyped one is likely to stand for: at most two letters off, or other in case alone. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const distances = known.map((other) => ({
    other,
    off: editDistance(wanted, other.toLowerCase()),
  }));
  const nearest = distances.sort((a, b) => a.off - b.off)[0];
  return nearest !== undefined && nearest.off <= Math.min(2, name.length / 2)
    ? nearest.other
    : undefined;
}

/** A name longer than this is no slip of the finger. It bounds the work. */
const maxNameLength = 64;

/** How many letters have to be changed, added or taken away (Levenshtein). */
function editDistance(a: string, b: string): number {
  if (a.length > maxNameLength || b.length > maxNameLength) {
    return maxNameLength;
  }
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let column = 0; column < b.length; column++) {
      const changed = (row[column] ?? 0) + (b[column] === letter ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
