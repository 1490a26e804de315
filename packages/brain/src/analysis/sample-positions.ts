/** Up to `size` of the numbers below `count`, chosen at random, ascending. */
export function samplePositions(count: number, size: number, random: () => number): Int32Array {
  const positions = Int32Array.from({ length: count }, (_, position) => position);
  if (size >= count) return positions;
  for (let i = 0; i < size; i++) {
    const other = i + Math.floor(random() * (count - i));
    [positions[i], positions[other]] = [positions[other], positions[i]];
  }
  return positions.slice(0, size).sort();
}
