// The scan of the lists of an IVF: one-bit codes of 32 rows at a time, by lookup in tables of sixteen
// entries ("fast scan": André, Kermarrec, Le Scouarnec, VLDB 2015), with the error bounds of RaBitQ
// (Gao and Long, SIGMOD 2024). How lists lie in memory is told in ../../index/ivf/ivf-index.ts.
import { entryOf, keyIn, keyOf } from "./ivf-entries";
import { fineProduct } from "./ivf-fine";
import { multiplyAdd } from "./lanes";

/** Laid out as in C, in the order of its fields, and written by TypeScript: see ../../index/ivf/list-scan.ts. */
@unmanaged
export class ListScan {
  /** The lists to scan, best first: a number, the gap and the spread of each, see ivf-query.ts. */
  probes: usize;
  probeCount: u32;
  /** Where each list begins and how many rows it has: two words. */
  lists: usize;
  blocks: usize;
  rowNumbers: usize;
  /** Groups of four components, an even number. */
  groupCount: u32;
  /** Sixteen bytes for each group, each sum of it as a multiple of `step` above `offset`. */
  table: usize;
  step: f32;
  offset: f32;
  /** Lower bounds lie so many spreads below the estimate. */
  slack: f32;
  /** Upper bounds lie so many spreads above the lower bound. */
  width: f32;
  /** The k smallest upper bounds that were met, as a heap with the greatest first. */
  ceilings: usize;
  k: u32;
  ceilingCount: u32;
  /** Only rows up to this are looked for; sinks as ceilings are found. */
  bound: f32;
  /** Only rows that are not below this are looked for. */
  floor: f32;
  /** The bit of row 0, or 0 if all rows are allowed. */
  allowed: usize;
  /** Rows that may be among the best, as entries. */
  candidates: usize;
  candidateCapacity: u32;
  candidateCount: u32;
  /** Where to go on: a probe, and a block of its list. */
  probe: u32;
  block: u32;
  /** Room for 32 floats. */
  lanes: usize;
  /** The fine codes of all slots, `fineBytes` each, or 0 if there are none: see ivf-fine.ts. */
  fine: usize;
  fineBytes: u32;
  dim: u32;
  /** The query as a fine code, what a level of it is worth, and what is subtracted from each sum. */
  fineQuery: usize;
  fineStep: f32;
  fineShift: f32;
  /** Lower bounds lie so many slopes times spreads below the fine estimate, upper ones above the lower. */
  fineSlack: f32;
  fineWidth: f32;
  /** Rows whose fine codes have not been looked at yet: see {@link PENDING_BYTES}. */
  pending: usize;
  pendingCount: u32;
  /** What was loaded of fine codes only to have them in a cache. */
  touched: u32;
}

const BLOCK_ROWS: u32 = 32;
const FACTOR_BYTES: usize = 2 * 4 * 32;

/** Fine codes are looked at when there are so many rows to look at. */
const PENDING_ROWS: u32 = 32;
/** A pending row: its slot, its lower bound by the signs, the gap and the spread of its list. */
const PENDING_BYTES: usize = 16;

/** Blocks of so many bytes are asked for ahead: the processor looks ahead over shorter ones itself. */
const TOUCHED_BLOCK_BYTES: usize = 1536;

/** Pairs of groups whose sums of at most 2 * 127 fit into 16 bits. */
const PAIRS_MAX: usize = 256;

/**
 * Scans lists until all are done, and answers 1, or until there is no room for candidates, and
 * answers 0. Candidates that the newest bound excludes are gone by then.
 */
export function scanLists(address: usize): i32 {
  const scan = changetype<ListScan>(address);
  const blockBytes = (<usize>scan.groupCount << 4) + FACTOR_BYTES;
  for (; scan.probe < scan.probeCount; scan.probe++, scan.block = 0) {
    const probe = scan.probes + <usize>scan.probe * 12;
    const list = scan.lists + (<usize>load<u32>(probe) << 3);
    const gap = load<f32>(probe, 4), spread = load<f32>(probe, 8);
    const start = load<u32>(list), end = start + load<u32>(list, 4);
    if (start == end) continue;
    const first = start / BLOCK_ROWS, last = (end - 1) / BLOCK_ROWS;
    const shift = scan.offset + scan.slack * spread;
    for (; first + scan.block <= last; scan.block++) {
      if (scan.candidateCount + scan.pendingCount + BLOCK_ROWS > scan.candidateCapacity) {
        lookAtPending(scan);
        scan.candidateCount = keepUpTo(scan.candidates, scan.candidateCount, keyOf(scan.bound));
        if (scan.candidateCount + BLOCK_ROWS > scan.candidateCapacity) return 0;
      }
      const number = first + scan.block;
      const block = scan.blocks + <usize>number * blockBytes;
      if (number < last && blockBytes >= TOUCHED_BLOCK_BYTES) scan.touched = touchBlock(block + blockBytes, blockBytes);
      let mask = scanBlock(block, scan.groupCount, scan.table, scan.step, shift, scan.bound - gap, scan.lanes);
      if (number == first) mask &= 0xffffffff << (start & 31);
      if (number == last) mask &= 0xffffffff >>> ((0 - end) & 31);
      if (mask) collect(scan, mask, number, block + blockBytes - 128, gap, spread);
      if (scan.pendingCount >= PENDING_ROWS) lookAtPending(scan);
    }
  }
  lookAtPending(scan);
  scan.candidateCount = keepUpTo(scan.candidates, scan.candidateCount, keyOf(scan.bound));
  return 1;
}

/** Loads from each cache line of the block that comes next. */
function touchBlock(block: usize, byteLength: usize): u32 {
  let touched: u32 = 0;
  for (let at: usize = 0; at < byteLength; at += 64) touched ^= load<u32>(block + at);
  return touched;
}

/** Makes candidates, or pending rows, of the rows of a block whose bits are set. */
function collect(scan: ListScan, rows: u32, block: u32, slopes: usize, gap: f32, spread: f32): void {
  let mask = rows;
  for (; mask; mask &= mask - 1) {
    const lane = ctz(mask);
    const slot = block * BLOCK_ROWS + lane;
    if (scan.allowed && !isAllowed(scan.allowed, rowOf(scan, slot))) continue;
    const low = gap + load<f32>(scan.lanes + (<usize>lane << 2));
    if (low > scan.bound) continue;
    const high = low - scan.width * spread * load<f32>(slopes + (<usize>lane << 2));
    if (high < scan.floor) continue;
    if (!scan.fine) {
      addCandidate(scan, slot, low, high);
      continue;
    }
    const pending = scan.pending + <usize>scan.pendingCount * PENDING_BYTES;
    scan.pendingCount++;
    store<u32>(pending, slot);
    store<f32>(pending, low, 4);
    store<f32>(pending, gap, 8);
    store<f32>(pending, spread, 12);
  }
}

/** Makes candidates of pending rows whose fine codes don't exclude them. */
function lookAtPending(scan: ListScan): void {
  const end = scan.pending + <usize>scan.pendingCount * PENDING_BYTES;
  touchPending(scan, end);
  for (let pending = scan.pending; pending < end; pending += PENDING_BYTES) {
    if (load<f32>(pending, 4) > scan.bound) continue;
    const slot = load<u32>(pending), gap = load<f32>(pending, 8), spread = load<f32>(pending, 12);
    const code = scan.fine + <usize>slot * <usize>scan.fineBytes;
    const factors = code + scan.fineBytes - 8;
    const slope = load<f32>(factors, 4);
    const sum = <f32>fineProduct(scan.fineQuery, code, scan.dim) * scan.fineStep - scan.fineShift;
    const low = gap + load<f32>(factors) + slope * (sum + scan.fineSlack * spread);
    const high = low - scan.fineWidth * spread * slope;
    if (low <= scan.bound && high >= scan.floor) addCandidate(scan, slot, low, high);
  }
  scan.pendingCount = 0;
}

/**
 * Loads from all fine codes that will be looked at. They lie scattered, and each tells whether the next
 * is worth a look: read in turn they would come from memory one after the other. (To load from each
 * while the scan goes on is slower: a scan fills the processor's window between two of them.)
 */
function touchPending(scan: ListScan, end: usize): void {
  let touched: u32 = 0;
  for (let pending = scan.pending; pending < end; pending += PENDING_BYTES) {
    const code = scan.fine + <usize>load<u32>(pending) * <usize>scan.fineBytes;
    for (let at: u32 = 0; at < scan.fineBytes; at += 64) touched ^= load<u32>(code + at);
  }
  scan.touched = touched;
}

// @ts-ignore: decorator
@inline
function addCandidate(scan: ListScan, slot: u32, low: f32, high: f32): void {
  store<u64>(scan.candidates + (<usize>scan.candidateCount << 3), entryOf(keyOf(low), rowOf(scan, slot)));
  scan.candidateCount++;
  if (low >= scan.floor && high < scan.bound) lowerCeiling(scan, high);
}

// @ts-ignore: decorator
@inline
function rowOf(scan: ListScan, slot: u32): u32 {
  return load<u32>(scan.rowNumbers + (<usize>slot << 2));
}

// @ts-ignore: decorator
@inline
function isAllowed(bits: usize, row: u32): bool {
  return ((load<u32>(bits + (<usize>(row >>> 5) << 2)) >>> (row & 31)) & 1) != 0;
}

/** Takes note that there is a row below `high`. With k of them the bound is the worst. */
function lowerCeiling(scan: ListScan, high: f32): void {
  const heap = scan.ceilings;
  if (scan.ceilingCount < scan.k) {
    let i = scan.ceilingCount++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const value = load<f32>(heap + (<usize>parent << 2));
      if (value >= high) break;
      store<f32>(heap + (<usize>i << 2), value);
      i = parent;
    }
    store<f32>(heap + (<usize>i << 2), high);
  } else if (high < load<f32>(heap)) {
    siftDown(heap, scan.k, high);
  }
  if (scan.ceilingCount == scan.k) scan.bound = min(scan.bound, load<f32>(heap));
}

/** Replaces the root of a heap of floats whose root is the greatest. */
function siftDown(heap: usize, count: u32, value: f32): void {
  let i: u32 = 0;
  for (;;) {
    let child: u32 = 2 * i + 1;
    if (child >= count) break;
    let largest = load<f32>(heap + (<usize>child << 2));
    if (child + 1 < count) {
      const other = load<f32>(heap + (<usize>child << 2), 4);
      if (other > largest) {
        largest = other;
        child++;
      }
    }
    if (largest <= value) break;
    store<f32>(heap + (<usize>i << 2), largest);
    i = child;
  }
  store<f32>(heap + (<usize>i << 2), value);
}

/** Removes the entries whose keys are above `key`; answers how many are left. */
function keepUpTo(entries: usize, count: u32, key: u32): u32 {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = load<u64>(entries + (<usize>i << 3));
    store<u64>(entries + (<usize>kept << 3), entry);
    kept += <u32>(keyIn(entry) <= key);
  }
  return kept;
}

/**
 * Puts the lower bounds of the 32 rows of a block, less the gap of the list, into `lanes`. Answers
 * which of them are not above `bound`, as bits. A row whose bound is not a number is not.
 */
function scanBlock(
  block: usize, groupCount: u32, table: usize, step: f32, shift: f32, bound: f32, lanes: usize,
): u32 {
  const codeBytes = <usize>groupCount << 4;
  const bases = block + codeBytes, slopes = bases + 128;
  if (ASC_FEATURE_SIMD) {
    let s0 = i32x4.splat(0), s1 = i32x4.splat(0), s2 = i32x4.splat(0), s3 = i32x4.splat(0);
    let s4 = i32x4.splat(0), s5 = i32x4.splat(0), s6 = i32x4.splat(0), s7 = i32x4.splat(0);
    const nibble = i8x16.splat(15);
    for (let from: usize = 0; from < codeBytes; from += PAIRS_MAX << 5) {
      const to = min(codeBytes, from + (PAIRS_MAX << 5));
      // Sums of 16 bits: `a` also holds those of the odd bytes, times 256, until these are known.
      let a = i16x8.splat(0), b = i16x8.splat(0), c = i16x8.splat(0), d = i16x8.splat(0);
      for (let i = from; i < to; i += 32) {
        const codes0 = v128.load(block + i), codes1 = v128.load(block + i, 16);
        const table0 = v128.load(table + i), table1 = v128.load(table + i, 16);
        const low = i8x16.add(lookUp(table0, v128.and(codes0, nibble)), lookUp(table1, v128.and(codes1, nibble)));
        const high = i8x16.add(
          lookUp(table0, v128.and(i16x8.shr_u(codes0, 4), nibble)),
          lookUp(table1, v128.and(i16x8.shr_u(codes1, 4), nibble)),
        );
        a = i16x8.add(a, low);
        b = i16x8.add(b, i16x8.shr_u(low, 8));
        c = i16x8.add(c, high);
        d = i16x8.add(d, i16x8.shr_u(high, 8));
      }
      a = i16x8.sub(a, i16x8.shl(b, 8));
      c = i16x8.sub(c, i16x8.shl(d, 8));
      const e = v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), f = v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
      const g = v128.shuffle<i16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11), h = v128.shuffle<i16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15);
      s0 = i32x4.add(s0, i32x4.extend_low_i16x8_u(e));
      s1 = i32x4.add(s1, i32x4.extend_high_i16x8_u(e));
      s2 = i32x4.add(s2, i32x4.extend_low_i16x8_u(f));
      s3 = i32x4.add(s3, i32x4.extend_high_i16x8_u(f));
      s4 = i32x4.add(s4, i32x4.extend_low_i16x8_u(g));
      s5 = i32x4.add(s5, i32x4.extend_high_i16x8_u(g));
      s6 = i32x4.add(s6, i32x4.extend_low_i16x8_u(h));
      s7 = i32x4.add(s7, i32x4.extend_high_i16x8_u(h));
    }
    const steps = f32x4.splat(step), shifts = f32x4.splat(shift), bounds = f32x4.splat(bound);
    const excluded = excludes(s0, steps, shifts, bounds, bases, lanes)
      | (excludes(s1, steps, shifts, bounds, bases + 16, lanes + 16) << 4)
      | (excludes(s2, steps, shifts, bounds, bases + 32, lanes + 32) << 8)
      | (excludes(s3, steps, shifts, bounds, bases + 48, lanes + 48) << 12)
      | (excludes(s4, steps, shifts, bounds, bases + 64, lanes + 64) << 16)
      | (excludes(s5, steps, shifts, bounds, bases + 80, lanes + 80) << 20)
      | (excludes(s6, steps, shifts, bounds, bases + 96, lanes + 96) << 24)
      | (excludes(s7, steps, shifts, bounds, bases + 112, lanes + 112) << 28);
    return ~excluded;
  } else {
    let mask: u32 = 0;
    for (let slot: u32 = 0; slot < BLOCK_ROWS; slot++) {
      const byte = block + (slot & 15), right = slot >> 4 << 2;
      let sum = 0;
      for (let i: usize = 0; i < codeBytes; i += 16) {
        sum += <i32>load<u8>(table + i + ((load<u8>(byte + i) >> right) & 15));
      }
      const at = <usize>slot << 2;
      const low = load<f32>(slopes + at) * (<f32>sum * step + shift) + load<f32>(bases + at);
      store<f32>(lanes + at, low);
      if (!(low > bound)) mask |= 1 << slot;
    }
    return mask;
  }
}

/** Entries of a table. The indexes are below 16. */
// @ts-ignore: decorator
@inline
function lookUp(table: v128, indexes: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, indexes);
  else return i8x16.swizzle(table, indexes);
}

/** The lower bounds of four rows from their sums. Answers which are above `bounds`. */
// @ts-ignore: decorator
@inline
function excludes(sums: v128, steps: v128, shifts: v128, bounds: v128, bases: usize, lanes: usize): u32 {
  const shifted = multiplyAdd(shifts, f32x4.convert_i32x4_s(sums), steps);
  const low = multiplyAdd(v128.load(bases), v128.load(bases, 128), shifted);
  v128.store(lanes, low);
  return <u32>i32x4.bitmask(f32x4.gt(low, bounds));
}
