import { BrainError } from "../base/brain-error.ts";
import type { VectorCollection } from "./vector-collection.ts";
import type { VectorRow } from "./vector-row.ts";

/** Which rows of an index are wanted. */
export interface RowRequest {
  readonly isPatches: boolean;
  readonly sampleIds: readonly string[] | undefined;
  readonly labelIds: readonly string[] | undefined;
  readonly allowMissing: boolean | undefined;
  readonly warnMissing: boolean | undefined;
  readonly onWarning: (message: string) => void;
}

/**
 * Rows in the order of the ids: of samples, of labels, or of all patches of samples. Label ids go before
 * sample ids. What is missing is passed over, warned of, or refused.
 *
 * @param collection Undefined for an index that has no vectors yet.
 * @throws {BrainError} `invalid-argument` for label ids where samples are indexed; `id-not-found`.
 */
export async function indexedRows(
  collection: VectorCollection | undefined,
  request: RowRequest,
): Promise<VectorRow[]> {
  const { isPatches, sampleIds, labelIds, onWarning } = request;
  if (labelIds !== undefined && !isPatches) {
    throw new BrainError("invalid-argument", "This index does not support label IDs");
  }
  if (labelIds !== undefined && sampleIds !== undefined) {
    onWarning("Ignoring sample IDs when label IDs are provided");
  }
  const wanted = [...new Set(labelIds ?? sampleIds ?? [])];
  const isBySample = isPatches && labelIds === undefined;
  const rows = (await collection?.get(isBySample ? "sample_id" : "pk", wanted)) ?? [];
  const found = new Map<string, VectorRow[]>();
  for (const row of rows) {
    const id = isBySample ? row.sampleId : row.id;
    const known = found.get(id);
    if (known === undefined) found.set(id, [row]);
    else known.push(row);
  }
  tellMissing(
    wanted.filter((id) => !found.has(id)),
    request,
  );
  return wanted.flatMap((id) => found.get(id) ?? []);
}

function tellMissing(missing: readonly string[], request: RowRequest): void {
  const { labelIds, allowMissing = true, warnMissing = false, onWarning } = request;
  if (missing.length === 0) return;
  const what = labelIds === undefined ? "sample" : "label";
  const message = `Found ${missing.length} ${what} IDs (eg '${missing[0]}') that are not present in the index`;
  if (!allowMissing) throw new BrainError("id-not-found", message, { details: { ids: missing } });
  if (warnMissing) onWarning(message);
}
