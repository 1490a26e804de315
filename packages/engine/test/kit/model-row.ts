import type { FieldDefinition, IndexDefinition } from "../../src/index.ts";
import { type FieldKind, fieldKinds, structKind, type VectorSearch } from "./field-kind.ts";
import { pick, type Random } from "./random.ts";

export type Key = bigint | string;
export type Values = Readonly<Record<string, unknown>>;

export interface ModelRow {
  readonly key: Key;
  readonly writtenMs: number;
  readonly partition: string;
  readonly values: Values;
}

/** A field of the collection that comes and goes. */
export interface ModelField {
  readonly name: string;
  readonly kind: FieldKind | typeof structKind;
  readonly nullable: boolean;
  /** What rows have that are written without it. */
  readonly absent: unknown;
}

/** A field that stays: the last one with vectors can't be dropped. */
export const baseField: ModelField = {
  name: "base",
  nullable: false,
  absent: undefined,
  kind: {
    definition: { type: "FloatVector", dim: 2 },
    values: [],
    search: {
      metric: "COSINE",
      query: Float32Array.of(1, 2),
      score: (value: Float32Array) =>
        (value[0] + 2 * value[1]) / Math.hypot(value[0], value[1]) / Math.sqrt(5),
    },
  },
};

export function randomField(random: Random, name: string, isAdded: boolean): ModelField {
  const kinds = [...Object.values(fieldKinds), structKind];
  const kind = pick(random, kinds);
  const nullable = isAdded || random() < 0.6;
  const isScalar = "scalar" in kind && kind.scalar !== undefined;
  const absent = isScalar && random() < 0.4 ? pick(random, kind.values) : null;
  return { name, kind, nullable, absent };
}

export function isOptional({ nullable, absent }: ModelField): boolean {
  return nullable || absent !== null;
}

export function definitionOf({ name, kind, nullable, absent }: ModelField): FieldDefinition {
  if (kind === structKind) throw new Error("a struct is no field");
  const { definition } = kind as FieldKind;
  const defaultValue = absent as NonNullable<FieldDefinition["defaultValue"]> | null;
  return { ...definition, name, nullable, ...(defaultValue !== null && { defaultValue }) };
}

export type SearchedField = ModelField & { readonly kind: { readonly search: VectorSearch } };

export function isSearched(field: ModelField): field is SearchedField {
  return field.kind.search !== undefined;
}

export function searchedName({ name, kind }: ModelField): string {
  return kind === structKind ? `${name}[frame]` : name;
}

export function indexOf(field: SearchedField): IndexDefinition {
  return { field: searchedName(field), metric: field.kind.search.metric };
}

export function omit(values: Values, name: string): Values {
  return Object.fromEntries(Object.entries(values).filter(([other]) => other !== name));
}
