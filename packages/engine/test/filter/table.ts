import { evaluateRow } from "../../src/filter/evaluate-row.ts";
import { type BoundFilter, compileFilter, evaluateFilter } from "../../src/filter/filter.ts";
import type { FilterOptions } from "../../src/filter/filter-options.ts";
import type { TemplateValue } from "../../src/filter/template-value.ts";
import type { CollectionSchema, Field } from "../../src/schema/collection-schema.ts";
import type { Column } from "../../src/schema/column.ts";
import { type Cell, columnOf, schemaOf } from "./sample-columns.ts";

/** Rows of some fields, to be filtered. */
export class Table {
  readonly schema: CollectionSchema;
  readonly rowCount: number;
  readonly #columns: ReadonlyMap<number, Column>;

  constructor(
    columns: readonly (readonly [Field, readonly Cell[]])[],
    rowCount: number = columns[0][1].length,
  ) {
    this.schema = schemaOf(columns.map(([field]) => field));
    this.rowCount = rowCount;
    this.#columns = new Map(columns.map(([field, cells]) => [field.id, columnOf(field, cells)]));
  }

  columnOf = (fieldId: number): Column => {
    const column = this.#columns.get(fieldId);
    if (column === undefined) throw new RangeError(`no column ${fieldId}`);
    return column;
  };

  compile(
    expression: string,
    templates: Readonly<Record<string, TemplateValue>> = {},
    options: FilterOptions = {},
  ): BoundFilter {
    return compileFilter(expression, this.schema, templates, options);
  }

  /** The rows for which the filter is TRUE. */
  rows(
    expression: string,
    templates: Readonly<Record<string, TemplateValue>> = {},
    options: FilterOptions = {},
  ): number[] {
    const rows: number[] = [];
    const filter = this.compile(expression, templates, options);
    evaluateFilter(filter, this.columnOf, this.rowCount).forEach((row) => {
      rows.push(row);
    });
    return rows;
  }

  /** The same, row by row. */
  slowly(expression: string): number[] {
    const filter = this.compile(expression);
    const all = Array.from({ length: this.rowCount }, (_, row) => row);
    return all.filter((row) => evaluateRow(filter, this.columnOf, row) === true);
  }
}
