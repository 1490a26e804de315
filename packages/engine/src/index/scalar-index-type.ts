import type { TypeFamily } from "../schema/data-type.ts";

/** An index type of scalar fields. All are served by the evaluation of filters over the columns. */
export interface ScalarIndexType {
  readonly name: string;
  /** Families of the fields that it may be made on. */
  readonly families: readonly TypeFamily[];
}

const scalarFamilies: readonly TypeFamily[] = ["bool", "integer", "float", "string"];

const scalarIndexTypes: readonly ScalarIndexType[] = [
  { name: "AUTOINDEX", families: scalarFamilies },
  { name: "INVERTED", families: [...scalarFamilies, "array"] },
  { name: "BITMAP", families: ["bool", "integer", "string", "array"] },
  { name: "STL_SORT", families: ["integer", "float", "string"] },
  { name: "TRIE", families: ["string"] },
];

/** The scalar type of that name, found without regard to case. */
export function scalarIndexTypeNamed(name: string): ScalarIndexType | undefined {
  const upper = name.toUpperCase();
  return scalarIndexTypes.find((type) => type.name === upper);
}
