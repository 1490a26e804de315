// Numbers with float keys, as words of 64 bits that compare as their keys do.

/** The order of floats as integers: -0 is 0, and NaN comes with its sign at either end. */
// @ts-ignore: decorator
@inline
export function keyOf(value: f32): u32 {
  const bits = reinterpret<u32>(value + 0);
  return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
}

/** The value of a key. */
// @ts-ignore: decorator
@inline
export function valueOf(key: u32): f32 {
  return reinterpret<f32>(key ^ (key & 0x80000000 ? 0x80000000 : 0xffffffff));
}

// @ts-ignore: decorator
@inline
export function entryOf(key: u32, row: u32): u64 {
  return (<u64>key << 32) | <u64>row;
}

// @ts-ignore: decorator
@inline
export function keyIn(entry: u64): u32 {
  return <u32>(entry >> 32);
}

// @ts-ignore: decorator
@inline
export function rowIn(entry: u64): u32 {
  return <u32>entry;
}

/** Sorts the smallest `wanted` of the entries to the front; the others follow in any order. */
export function sortEntries(entries: usize, count: i32, wanted: i32): void {
  sortRange(entries, 0, count - 1, wanted);
}

/** Quicksort that leaves alone what lies behind `wanted`. */
function sortRange(entries: usize, start: i32, end: i32, wanted: i32): void {
  let left = start, right = end;
  while (right - left > 12 && left < wanted) {
    const pivot = medianOf(entries, left, right);
    let i = left, j = right;
    while (i <= j) {
      while (at(entries, i) < pivot) i++;
      while (at(entries, j) > pivot) j--;
      if (i <= j) {
        const entry = at(entries, i);
        put(entries, i++, at(entries, j));
        put(entries, j--, entry);
      }
    }
    // The shorter side is sorted by a call, the longer one here, so that calls stay shallow.
    if (j - left < right - i) {
      sortRange(entries, left, j, wanted);
      left = i;
    } else {
      sortRange(entries, i, right, wanted);
      right = j;
    }
  }
  if (left < wanted) insertionSort(entries, left, right);
}

function insertionSort(entries: usize, start: i32, end: i32): void {
  for (let i = start + 1; i <= end; i++) {
    const entry = at(entries, i);
    let j = i;
    for (; j > start && at(entries, j - 1) > entry; j--) put(entries, j, at(entries, j - 1));
    put(entries, j, entry);
  }
}

function medianOf(entries: usize, start: i32, end: i32): u64 {
  const a = at(entries, start), b = at(entries, (start + end) >> 1), c = at(entries, end);
  return max(min(a, b), min(max(a, b), c));
}

// @ts-ignore: decorator
@inline
function at(entries: usize, i: i32): u64 {
  return load<u64>(entries + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
function put(entries: usize, i: i32, entry: u64): void {
  store<u64>(entries + (<usize>i << 3), entry);
}
