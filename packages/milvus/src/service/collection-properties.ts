import { invalidParameter, unsupported } from "../errors.ts";
import { isTrue } from "./key-values.ts";

/** Properties that change what is stored or answered, and the values that ask for no change. */
const unsupportedProperties: Readonly<Record<string, (value: string) => boolean>> = {
  "collection.ttl.seconds": (value) => Number(value) <= 0,
  ttl_field: () => false,
  "partitionkey.isolation": (value) => !isTrue(value),
  allow_insert_auto_id: (value) => !isTrue(value),
  "dynamicfield.enabled": () => false,
};

/**
 * Refuses the properties that would change an answer and that the engine does not carry out.
 * The others (memory mapping, warm-up, quotas, ...) are stored and shown. Throws `MilvusError`.
 */
export function checkProperties(properties: ReadonlyMap<string, string>): void {
  for (const [name, value] of properties) {
    const asksForNothing = unsupportedProperties[name];
    if (asksForNothing !== undefined && !asksForNothing(value)) {
      throw unsupported(`collection property ${name}`);
    }
    if (name === "mmap.enabled" && !/^(?:true|false)$/i.test(value)) {
      throw invalidParameter(`invalid mmap.enabled value: ${value}, expected: true, false`);
    }
  }
}
