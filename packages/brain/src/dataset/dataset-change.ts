/** What happened to a dataset, told after it is stored; `closing` is told before. */
export type DatasetChange =
  | { readonly kind: "samples-added"; readonly ids: readonly string[] }
  | { readonly kind: "samples-deleted"; readonly ids: readonly string[] }
  | { readonly kind: "labels-deleted"; readonly field: string; readonly ids: readonly string[] }
  | { readonly kind: "field-deleted"; readonly field: string }
  | { readonly kind: "field-renamed"; readonly from: string; readonly to: string }
  | { readonly kind: "closing" };

/** Called for each change; the method that made it waits, and rejects with the listener's error. */
export type DatasetListener = (change: DatasetChange) => void | Promise<void>;
