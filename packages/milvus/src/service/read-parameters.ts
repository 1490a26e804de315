import type { Collection, ReadRequest } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import { iterationMoment } from "./iterator-parameters.ts";
import { isBoolean, isTrue } from "./key-values.ts";

/** What searches and queries say in their parameters about the rows that they want to see. */
export function readOptionsOf(
  parameters: ReadonlyMap<string, string>,
  collection: Collection,
  guaranteeTimestamp: bigint,
): Pick<ReadRequest, "at" | "hold" | "ignoreGrowing"> {
  checkCollection(parameters, collection);
  return {
    ...iterationMoment(parameters, guaranteeTimestamp),
    ...(ignoresGrowing(parameters) && { ignoreGrowing: true }),
  };
}

function ignoresGrowing(parameters: ReadonlyMap<string, string>): boolean {
  const text = parameters.get("ignore_growing") ?? "";
  if (text === "" || isBoolean(text)) return isTrue(text);
  throw invalidParameter(`parse ignore growing field failed: "${text}" is no boolean`);
}

/** Iterations name the collection that they began with: its name may mean another one by now. */
function checkCollection(parameters: ReadonlyMap<string, string>, { id }: Collection): void {
  const text = parameters.get("collection_id") ?? "";
  if (!/^\d+$/.test(text) || Number(text) === 0 || Number(text) === id) return;
  throw invalidParameter(
    "Input collection id is not consistent to collectionID in the context,alias or database may have changed",
  );
}
