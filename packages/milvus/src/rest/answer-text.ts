/**
 * The JSON of an answer, made of plain values: bigints are integers of all their digits. Most of an
 * answer is numbers, which the engine's writer would ask about one by one.
 */
export function answerText(value: unknown): string {
  if (typeof value === "bigint") return `${value}`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (value instanceof Int8Array) return `[${value.join(",")}]`;
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item === "number")) return JSON.stringify(value);
    return `[${value.map(answerText).join(",")}]`;
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${answerText(member)}`);
  return `{${members.join(",")}}`;
}
