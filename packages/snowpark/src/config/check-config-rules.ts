import type { CheckedDocument, Place } from "../specification/checked-document.ts";
import type { FileConfig } from "./file-config.ts";
import { reservedWords } from "./reserved-words.ts";
import type { ObjectNames, SnowparkConfig } from "./snowpark-config.ts";

/** Roles of administrators, which can't own services. */
const administrators: ReadonlySet<string> = new Set([
  "ACCOUNTADMIN",
  "SECURITYADMIN",
  "ORGADMIN",
  "GLOBALORGADMIN",
]);

/** Reports what is wrong between keys, each of which is right by itself. */
export function checkConfigRules(
  checked: CheckedDocument,
  file: FileConfig,
  config: SnowparkConfig,
): void {
  const report = (place: Place, message: string): void =>
    checked.report("combination", place, message);
  checkEngine(file, report);
  checkNames(config, report);
  if (config.pool.minNodes > config.pool.maxNodes) {
    report(["pool"], `minNodes ${config.pool.minNodes} is over maxNodes ${config.pool.maxNodes}`);
  }
  if (config.existing.includes("schema") && !config.existing.includes("database")) {
    report(
      ["existing"],
      "a schema that is there already is in a database that is: list database too",
    );
  }
  if (config.existing.includes("warehouse") && !config.warehouse.enabled) {
    report(["existing"], "lists warehouse, and warehouse.enabled is false");
  }
}

type Report = (place: Place, message: string) => void;

function checkEngine({ engine }: FileConfig, report: Report): void {
  if (engine?.kind === "milvus" && engine.version === undefined) {
    report(["engine"], "the kind milvus needs a version, such as 2.6.4");
  }
  if (engine?.kind !== "milvus" && engine?.version !== undefined) {
    report(["engine", "version"], "only the kind milvus has a version");
  }
}

/** Names of one kind of object have to differ. */
const rivals: readonly (readonly [keyof ObjectNames, keyof ObjectNames])[] = [
  ["ownerRole", "userRole"],
  ["service", "notebookService"],
];

function checkNames({ names, adminRole }: SnowparkConfig, report: Report): void {
  for (const [key, name] of Object.entries(names)) {
    if (reservedWords.has(name)) {
      report(["names", key], `${name} is a reserved word of Snowflake's SQL and can't be a name`);
    }
  }
  for (const [one, other] of rivals) {
    if (names[one] === names[other]) {
      report(["names", other], `${names[one]} is the name of ${one} already`);
    }
  }
  if (administrators.has(names.ownerRole)) {
    report(
      ["names", "ownerRole"],
      `${names.ownerRole} can't own services: administrators' roles never can`,
    );
  }
  if (names.ownerRole === adminRole && !administrators.has(adminRole)) {
    report(
      ["names", "ownerRole"],
      `${adminRole} is the adminRole: what it makes must not be its own`,
    );
  }
}
