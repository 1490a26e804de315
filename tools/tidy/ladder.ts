// Who may import whom. Each rung may import those before it, never those behind it, and those on the
// same rung not at all. ARCHITECTURE.md tells what each one is for; this is what the tests hold it to.

/** A name, or several that know nothing of each other. */
export type Rung = string | readonly string[];

/** The folders of `packages/`. */
export const packageLadder: readonly Rung[] = [
  "engine",
  "milvus",
  "brain",
  ["app", "snowpark"],
  "redkite",
];

/** The folders and top files of a package's `src/`. A package without an entry is free. */
export const folderLadders: Readonly<Record<string, readonly Rung[]>> = {
  engine: [
    "base",
    "kernels",
    "geometry",
    "schema",
    ["filter", "text", "storage", "index"],
    ["workers", "segment"],
    "query",
    "collection",
    "catalog",
    "database.ts",
    "open-database.ts",
    "index.ts",
  ],
  milvus: [
    "wire",
    ["errors.ts", "version.ts"],
    "access",
    "service",
    "rest",
    "functions",
    "server",
    "client",
    "transfer",
    "index.ts",
  ],
  brain: [
    "base",
    "store",
    "schema",
    "media",
    "view",
    "dataset",
    "formats",
    "zoo",
    "text",
    "models",
    "embedding",
    "runs",
    "similarity",
    "analysis",
    "index.ts",
  ],
  snowpark: [
    "base",
    ["sql", "specification", "oci"],
    "config",
    "session",
    "script",
    "images",
    "resources",
    "plan",
    "operations",
    "simulator",
    "index.ts",
  ],
  redkite: ["usage-error.ts", "demo", "cli", ["index.ts", "brain.ts", "snowpark.ts"]],
};

/** The place of a name, counted from the ground. `undefined` when the ladder does not name it. */
export function rungOf(ladder: readonly Rung[], name: string): number | undefined {
  const place = ladder.findIndex((rung) => [rung].flat().includes(name));
  return place === -1 ? undefined : place;
}
