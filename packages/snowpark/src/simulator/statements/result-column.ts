import type { ColumnType, ResultColumn } from "../account/statement-result.ts";

/** A column as both protocols describe it. */
export interface WireColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: true;
  readonly length: number | null;
  readonly byteLength: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly database: "";
  readonly schema: "";
  readonly table: "";
  readonly collation: null;
}

const textLength = 16_777_216;

/** Sizes are those of Snowflake's widest column of the type. */
export function wireColumn({ name, type }: ResultColumn): WireColumn {
  const isText = type === "text";
  return {
    name,
    type,
    nullable: true,
    length: isText ? textLength : null,
    byteLength: isText ? textLength : null,
    precision: type === "fixed" ? 38 : type === "timestamp_ltz" ? 0 : null,
    scale: type === "fixed" ? 0 : type === "timestamp_ltz" ? 9 : null,
    database: "",
    schema: "",
    table: "",
    collation: null,
  };
}
