import { pushField, readFieldData } from "./field-data.ts";
import type { WireField } from "./wire-field.ts";
import { WireReader } from "./wire-reader.ts";

/** A `milvus.InsertRequest`. Its `base` and `hash_keys` are for Milvus's own use and not read. */
export interface WireInsertRequest {
  readonly dbName: string;
  readonly collectionName: string;
  readonly partitionName: string;
  readonly fieldsData: readonly WireField[];
  readonly numRows: number;
  /** When the client last read the schema; 0 when it doesn't say. */
  readonly schemaTimestamp: bigint;
  readonly namespace?: string;
}

/** A `milvus.UpsertRequest`. */
export interface WireUpsertRequest extends WireInsertRequest {
  /** Whether fields that the request doesn't carry keep their values. */
  readonly partialUpdate: boolean;
  readonly fieldOps: readonly WireFieldOp[];
}

/** A `schema.FieldPartialUpdateOp`: how a partial update changes a field. */
export interface WireFieldOp {
  readonly fieldName: string;
  /** A number of `schema.FieldPartialUpdateOp.OpType`; 0 replaces the value. */
  readonly op: number;
}

type Draft = { -readonly [K in keyof WireInsertRequest]: WireInsertRequest[K] } & {
  readonly fieldsData: WireField[];
};

/** Decodes a `milvus.InsertRequest`. Throws {@link WireError}. */
export function decodeInsertRequest(bytes: Uint8Array): WireInsertRequest {
  const draft = emptyDraft();
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.field === 9) draft.namespace = reader.string();
    else readSharedField(reader, draft);
  }
  return draft;
}

/** Decodes a `milvus.UpsertRequest`. Throws {@link WireError}. */
export function decodeUpsertRequest(bytes: Uint8Array): WireUpsertRequest {
  const draft = emptyDraft();
  const fieldOps: WireFieldOp[] = [];
  let partialUpdate = false;
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.field === 9) partialUpdate = reader.bool();
    else if (reader.field === 10) draft.namespace = reader.string();
    else if (reader.field === 11) pushField(fieldOps, readFieldOp(reader.message()));
    else readSharedField(reader, draft);
  }
  return { ...draft, partialUpdate, fieldOps };
}

/** The fields that have the same numbers in both requests. */
function readSharedField(reader: WireReader, draft: Draft): void {
  switch (reader.field) {
    case 2:
      draft.dbName = reader.string();
      break;
    case 3:
      draft.collectionName = reader.string();
      break;
    case 4:
      draft.partitionName = reader.string();
      break;
    case 5:
      pushField(draft.fieldsData, readFieldData(reader.message()));
      break;
    case 7:
      draft.numRows = reader.uint32();
      break;
    case 8:
      draft.schemaTimestamp = reader.uint64();
      break;
    default:
      reader.skip();
  }
}

function readFieldOp(reader: WireReader): WireFieldOp {
  let fieldName = "";
  let op = 0;
  while (reader.next()) {
    if (reader.field === 1) fieldName = reader.string();
    else if (reader.field === 2) op = reader.int32();
    else reader.skip();
  }
  return { fieldName, op };
}

function emptyDraft(): Draft {
  return {
    dbName: "",
    collectionName: "",
    partitionName: "",
    fieldsData: [],
    numRows: 0,
    schemaTimestamp: 0n,
  };
}
