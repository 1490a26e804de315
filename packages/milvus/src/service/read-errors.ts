import { EngineError } from "@redkite/engine";
import { MilvusError } from "../errors.ts";

/** What Milvus says before the errors of one kind of request. */
interface Prefixes {
  /** Before errors of the filter. */
  readonly plan: string;
  /** Before the error of a collection that is not loaded. */
  readonly run: string;
}

export const searchPrefixes: Prefixes = {
  plan: "failed to create query plan",
  run: "failed to search",
};
export const queryPrefixes: Prefixes = {
  plan: "failed to create query plan",
  run: "failed to query",
};
export const deletePrefixes: Prefixes = {
  plan: "failed to create delete plan",
  run: "failed to delete",
};

/** Runs a read and words its errors as Milvus does: `failed to create query plan: cannot ...`. */
export async function withPrefixes<T>(prefixes: Prefixes, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof EngineError ? prefixed(prefixes, error) : error;
  }
}

function prefixed(prefixes: Prefixes, error: EngineError): Error {
  switch (error.code) {
    case "filter-invalid":
      return new MilvusError("parameterInvalid", {
        message: `${prefixes.plan}: ${error.message}`,
        cause: error,
      });
    case "unsupported":
      return new MilvusError("operationNotSupported", {
        message: `${prefixes.plan}: ${error.message}`,
        cause: error,
      });
    case "invalid-parameter":
      // Milvus finds what is wrong with an index's parameters in its index library: without a code.
      if (error.details["parameter"] === undefined) return error;
      return new MilvusError("unexpected", {
        message: `${prefixes.run}: ${error.message}`,
        cause: error,
      });
    case "field-not-found":
      // Milvus has a code of its own for the fields that hits are grouped by.
      if (error.details["usage"] !== "groupBy") return error;
      return new MilvusError("fieldNotFound", {
        message: error.message,
        fields: { field: String(error.details["field"]) },
        cause: error,
      });
    case "collection-not-loaded":
      return new MilvusError("collectionNotLoaded", {
        message: prefixes.run,
        fields: { collection: String(error.details["collection"]) },
        cause: error,
      });
    default:
      return error;
  }
}
