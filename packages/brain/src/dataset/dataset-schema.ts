import { BrainError } from "../base/brain-error.ts";
import type { FieldInfo, FieldType, ScalarType } from "../schema/field.ts";
import {
  checkFieldName,
  columnName,
  columnSqlType,
  isStandardField,
  standardFields,
} from "../schema/field-column.ts";
import { type InferredField, typeText } from "../schema/infer-field.ts";
import { isLabelType } from "../schema/label-shape.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { SqlRunner, Store, Transaction } from "../store/store.ts";

/** A field as the table `fields` has it. */
interface StoredField extends FieldInfo {
  /** Added for the values of samples: whole numbers become floats when a fraction comes. */
  readonly isInferred: boolean;
}

const scalarTypes: ReadonlySet<string> = new Set([
  "bool",
  "int",
  "float",
  "string",
  "date",
  "datetime",
] satisfies ScalarType[]);

/** Dimensions of vectors are within the limit of Milvus. */
export const vectorDimMax = 32_768;

/**
 * The fields of a dataset: read from its file once, then kept beside it. All that writes values or
 * changes fields runs in {@link change}.
 */
export class DatasetSchema {
  #fields: readonly StoredField[] = [];
  #all: readonly FieldInfo[] = standardFields;
  #lastChange: Promise<unknown> = Promise.resolve();

  static async load(store: Store): Promise<DatasetSchema> {
    const schema = new DatasetSchema();
    schema.#show(await readFields(store));
    return schema;
  }

  /**
   * Runs `work` in a transaction throughout which the fields stay as they are here: one change after
   * the other, so that no other adds, widens or removes a field between what `work` finds and what it
   * stores. What `work` does to the fields shows once it is committed.
   */
  async change<T>(store: Store, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const turn = this.#lastChange.then(async () => {
      const [result, fields] = await store.transaction(
        async (transaction) => [await work(transaction), await readFields(transaction)] as const,
      );
      this.#show(fields);
      return result;
    });
    this.#lastChange = turn.catch(() => undefined);
    return await turn;
  }

  #show(fields: readonly StoredField[]): void {
    this.#fields = fields;
    this.#all = [
      ...standardFields,
      ...fields.map(({ isInferred: _, ...field }) => Object.freeze(field)),
    ];
  }

  /** All fields, the standard ones first, in the order of the columns. */
  get fields(): readonly FieldInfo[] {
    return this.#all;
  }

  /** A field by its name. Throws `field-not-found`, naming those that are. */
  field(name: string): FieldInfo {
    const field = this.find(name);
    if (field !== undefined) return field;
    const names = this.#all.map((known) => known.name);
    throw new BrainError(
      "field-not-found",
      `The dataset has no field "${name}". It has ${names.map((known) => `"${known}"`).join(", ")}`,
      { details: { name, fields: names } },
    );
  }

  find(name: string): FieldInfo | undefined {
    return this.#all.find((field) => field.name === name);
  }

  /** A field that the caller may write or change. Throws `field-read-only`. */
  writableField(name: string): FieldInfo {
    const field = this.field(name);
    if (field.readOnly !== true) return field;
    throw new BrainError("field-read-only", `Cannot change field "${name}": it is read-only`, {
      details: { name },
    });
  }

  /** A field of the caller's own. Throws `field-read-only` for those that every sample has. */
  ownField(name: string): FieldInfo {
    if (!isStandardField(name)) return this.writableField(name);
    throw new BrainError(
      "field-read-only",
      `Cannot rename, delete or describe field "${name}": every sample has it`,
      { details: { name } },
    );
  }

  async add(transaction: Transaction, field: FieldInfo, isInferred: boolean): Promise<void> {
    this.#checkNew(field);
    await transaction.query(
      `ALTER TABLE samples ADD COLUMN ${quoteIdentifier(columnName(field.name))} ${columnSqlType(field)}`,
    );
    await transaction.query(
      `INSERT INTO fields SELECT $1, $2, $3, $4, $5, $6, $7, coalesce(max(position), 0) + 1 FROM fields`,
      [
        field.name,
        field.type,
        field.elementType ?? null,
        field.dim ?? null,
        field.description ?? null,
        field.readOnly ?? false,
        isInferred,
      ],
    );
  }

  /** Throws what {@link add} does. */
  checkName(name: string): void {
    checkFieldName(name);
    const taken = this.#all.find((known) => known.name.toLowerCase() === name.toLowerCase());
    if (taken === undefined) return;
    throw new BrainError(
      "field-exists",
      taken.name === name
        ? `Cannot add field "${name}": the dataset has it`
        : `Cannot add field "${name}": it differs from "${taken.name}" by capital letters only`,
      { details: { name, existing: taken.name } },
    );
  }

  /** Makes an inferred field of whole numbers one of floats. */
  async widen(transaction: Transaction, name: string): Promise<void> {
    await transaction.query(
      `ALTER TABLE samples ALTER COLUMN ${quoteIdentifier(columnName(name))} TYPE DOUBLE`,
    );
    await transaction.query("UPDATE fields SET type = 'float' WHERE name = $1", [name]);
  }

  /**
   * What must be done with a field so that it holds values of this form. Throws `field-type-mismatch`.
   */
  fit(name: string, values: InferredField): "as-is" | "widen" {
    const field = this.field(name);
    if (fits(field, values)) return "as-is";
    const stored = this.#fields.find((known) => known.name === name);
    if (stored?.isInferred === true && field.type === "int" && values.type === "float")
      return "widen";
    throw new BrainError(
      "field-type-mismatch",
      `Cannot store ${typeText(values)} in field "${name}", which is ${typeText(field)}`,
      { details: { name, type: field.type, found: values.type } },
    );
  }

  #checkNew(field: FieldInfo): void {
    this.checkName(field.name);
    const { type, elementType, dim } = field;
    const isKnown =
      scalarTypes.has(type) || ["list", "dict", "vector"].includes(type) || isLabelType(type);
    if (!isKnown) throw badField(field, `there is no type "${type}"`);
    if (elementType !== undefined && (type !== "list" || !scalarTypes.has(elementType))) {
      throw badField(field, `"${elementType}" is no type of a list's elements`);
    }
    const isDim = Number.isInteger(dim) && Number(dim) >= 1 && Number(dim) <= vectorDimMax;
    if (type === "vector" && !isDim) {
      throw badField(field, `a vector has a dim from 1 to ${vectorDimMax}, found ${String(dim)}`);
    }
  }
}

async function readFields(store: SqlRunner): Promise<readonly StoredField[]> {
  const rows = await store.query("SELECT * FROM fields ORDER BY position");
  return rows.map((row) => ({
    name: String(row["name"]),
    type: String(row["type"]) as FieldType,
    ...(row["element_type"] !== null && { elementType: String(row["element_type"]) as ScalarType }),
    ...(row["dim"] !== null && { dim: Number(row["dim"]) }),
    ...(row["description"] !== null && { description: String(row["description"]) }),
    ...(row["read_only"] === true && { readOnly: true }),
    isInferred: row["inferred"] === true,
  }));
}

function fits(field: FieldInfo, values: InferredField): boolean {
  const { type } = values;
  if (field.type === "list" && type === "list") return true;
  if (field.type === "vector")
    return type === "vector" ? values.dim === field.dim : type === "list";
  if (field.type === "float") return type === "float" || type === "int";
  if (field.type === "date") return type === "datetime";
  // Labels are objects with a type: a dict takes them, and anything else that is an object.
  return field.type === type || (field.type === "dict" && isLabelType(type));
}

function badField(field: FieldInfo, reason: string): BrainError {
  return new BrainError("invalid-argument", `Cannot add field "${field.name}": ${reason}`, {
    details: { field },
  });
}
