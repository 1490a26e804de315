import { EngineError } from "../base/errors.ts";
import { limits } from "../schema/limits.ts";
import { timeZoneNamed } from "../schema/time-zone.ts";

/** Milvus's property: most collections that a database may have. */
const maxCollectionsProperty = "database.max.collections";

const numberProperties = [maxCollectionsProperty, "database.replica.number"];

/**
 * Checks properties that are to be set of a database. Names that mean nothing here are kept as they
 * are. Throws `invalid-parameter` with Milvus's texts.
 */
export function checkDatabaseProperties(given: Readonly<Record<string, string>>): void {
  for (const name of numberProperties) {
    const value = given[name];
    if (value === undefined || /^[+-]?\d{1,18}$/.test(value)) continue;
    throw invalid(`invalid database property: [key=${name}] [value=${value}]`, value);
  }
  for (const [name, value] of Object.entries(given)) {
    if (!name.startsWith("database.force.deny.") || /^(?:true|false)$/i.test(value)) continue;
    throw invalid(`invalid database property: [key=${name}] [value=${value}]`, value);
  }
  const timeZone = given["timezone"];
  if (timeZone === undefined || timeZoneNamed(timeZone) !== undefined) return;
  throw invalid(`unknown or invalid IANA Time Zone ID: ${timeZone}`, timeZone);
}

/** How many collections a database may have. */
export function collectionsMaxOf(properties: Readonly<Record<string, string>>): number {
  const wanted = Number(properties[maxCollectionsProperty] ?? limits.collectionsPerDatabase);
  // Milvus takes a negative number for no limit of one's own.
  return wanted < 0
    ? limits.collectionsPerDatabase
    : Math.min(wanted, limits.collectionsPerDatabase);
}

function invalid(message: string, found: string): EngineError {
  return new EngineError("invalid-parameter", message, { details: { found } });
}
