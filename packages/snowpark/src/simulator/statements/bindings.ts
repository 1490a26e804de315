import type { SqlScalar } from "../account/statement-cursor.ts";
import { isRecord } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";

/** Values for the `?` of a statement, as both protocols send them: `{"1":{"type":"TEXT","value":"…"}}`. */
export function readBindings(bindings: unknown): SqlScalar[] {
  if (bindings === undefined || bindings === null) return [];
  if (!isRecord(bindings)) throw malformed("Bindings are an object");
  return Object.keys(bindings).map((_, index) => {
    const binding = bindings[String(index + 1)];
    if (!isRecord(binding)) throw malformed(`There is no binding ${index + 1}`);
    return readBinding(binding["type"], binding["value"]);
  });
}

function readBinding(type: unknown, value: unknown): SqlScalar {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) throw malformed("Arrays of bindings are not simulated");
  const text = String(value);
  if (type === "FIXED" || type === "REAL") {
    const number = Number(text);
    if (Number.isNaN(number)) throw malformed(`No number: ${text.slice(0, 100)}`);
    return number;
  }
  return type === "BOOLEAN" ? text === "true" || text === "1" : text;
}

function malformed(message: string): HttpFailure {
  return new HttpFailure(400, { success: false, code: "390142", message });
}
