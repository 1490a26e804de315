import { createHash } from "node:crypto";

/** 16 hex digits of what decides a model's vectors: the same for the same members in any order. */
export function fingerprintOf(what: Readonly<Record<string, unknown>>): string {
  return createHash("sha256").update(canonicalJson(what)).digest("hex").slice(0, 16);
}

/** JSON with the names of each object in order, and without members that are undefined. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}
