/** Scales the vector to length one, in place, and returns it. A zero vector stays as it is. */
export function normalizeVector(vector: Float32Array): Float32Array {
  let squares = 0;
  for (let d = 0; d < vector.length; d++) squares += vector[d] * vector[d];
  if (squares === 0) return vector;
  const scale = 1 / Math.sqrt(squares);
  for (let d = 0; d < vector.length; d++) vector[d] *= scale;
  return vector;
}
