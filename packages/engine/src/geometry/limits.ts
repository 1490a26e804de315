/** Longest text of a geometry, in UTF-16 units, and longest WKB, in bytes. */
export const maxGeometryLength: number = 16 * 1024 * 1024;

/** Deepest nesting of geometry collections: readers and writers recurse this deep at most. */
export const maxCollectionDepth = 32;
