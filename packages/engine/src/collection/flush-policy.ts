/** When rows leave memory for files of their own. */
export interface FlushState {
  /** Bytes of the growing segments in memory. */
  readonly growingBytes: number;
  /** Bytes of the log that the growing segments stand on. */
  readonly logBytes: number;
}

/** A segment of this size loads in a tenth of a second and is replayed from the log in half of one. */
const growingBytesMax = 128 * 1024 * 1024;
const logBytesMax = 256 * 1024 * 1024;

export function shouldFlush(state: FlushState): boolean {
  return state.growingBytes >= growingBytesMax || state.logBytes >= logBytesMax;
}

/**
 * Whether writes must wait for the flush that is under way: otherwise an application that writes
 * faster than the disk takes it would fill the memory.
 */
export function shouldHoldWrites(state: FlushState): boolean {
  return state.growingBytes >= 3 * growingBytesMax;
}
