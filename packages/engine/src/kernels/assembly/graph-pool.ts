// A pool: entries of 64 bits in ascending order, the best first. An entry is a distance in the
// high half; in the low half the node, and in its lowest bit whether the node's links have been
// followed. One sorted array does the work of the two heaps of the usual formulation: moving half
// of at most some hundred entries is a few vector instructions, and the next candidate is a cursor.

// @ts-ignore: decorator
@inline
export function entryOf(distance: u32, node: u32): u64 {
  return (<u64>distance << 32) | (<u64>node << 1);
}

// @ts-ignore: decorator
@inline
export function nodeIn(entry: u64): u32 {
  return <u32>entry >> 1;
}

// @ts-ignore: decorator
@inline
export function distanceIn(entry: u64): u32 {
  return <u32>(entry >> 32);
}

// @ts-ignore: decorator
@inline
export function entryAt(pool: usize, index: u32): u64 {
  return load<u64>(pool + (<usize>index << 3));
}

/**
 * Where an entry belongs among the first `count`. There must be room for one more; if there is not,
 * the caller passes one less, and the last entry goes.
 */
export function insertEntry(pool: usize, count: u32, entry: u64): u32 {
  // Without branches on what is compared: no processor could foretell them.
  let begin = pool;
  for (let rest = count; rest > 0; ) {
    const half = (rest + 1) >> 1;
    const middle = begin + (<usize>half << 3);
    begin = select(middle, begin, load<u64>(middle - 8) < entry);
    rest -= half;
  }
  let at = pool + (<usize>count << 3);
  if (ASC_FEATURE_SIMD) {
    while (at >= begin + 16) {
      at -= 16;
      v128.store(at + 8, v128.load(at));
    }
  }
  while (at > begin) {
    at -= 8;
    store<u64>(at + 8, load<u64>(at));
  }
  store<u64>(begin, entry);
  return <u32>((begin - pool) >> 3);
}

/** Sorts few entries that are nearly in order. */
export function sortEntries(entries: usize, count: u32): void {
  for (let i: u32 = 1; i < count; i++) insertEntry(entries, i, entryAt(entries, i));
}
