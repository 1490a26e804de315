import type { JsonValue } from "../schema/labels.ts";
import type { ExpressionNode } from "./expression-node.ts";

/** Which labels a stage is about: those that meet all that is given. */
export interface LabelCriteria {
  readonly ids?: readonly string[];
  /** Labels with any of the tags. */
  readonly tags?: readonly string[];
  /** Default: all label fields. */
  readonly fields?: readonly string[];
}

export interface SortKey {
  readonly by: ExpressionNode;
  readonly reverse: boolean;
}

/** The parameters of each kind of stage, as plain JSON. */
export interface StageParams {
  readonly match: { readonly filter: ExpressionNode };
  readonly matchTags: {
    readonly tags: readonly string[];
    readonly bool: boolean;
    readonly all: boolean;
  };
  readonly matchLabels: LabelCriteria & {
    readonly filter?: ExpressionNode;
    readonly bool: boolean;
  };
  readonly filterLabels: {
    readonly field: string;
    readonly filter: ExpressionNode;
    readonly onlyMatches: boolean;
  };
  readonly filterField: {
    readonly field: string;
    readonly filter: ExpressionNode;
    readonly onlyMatches: boolean;
  };
  readonly exists: { readonly path: string; readonly bool: boolean };
  readonly sortBy: { readonly keys: readonly SortKey[] };
  readonly limit: { readonly count: number };
  readonly skip: { readonly count: number };
  readonly take: { readonly count: number; readonly seed: number };
  readonly shuffle: { readonly seed: number };
  readonly select: { readonly ids: readonly string[]; readonly ordered: boolean };
  readonly exclude: { readonly ids: readonly string[] };
  readonly selectFields: { readonly fields: readonly string[] };
  readonly excludeFields: { readonly fields: readonly string[] };
  readonly selectLabels: LabelCriteria & { readonly omitEmpty: boolean };
  readonly excludeLabels: LabelCriteria & { readonly omitEmpty: boolean };
  readonly mapLabels: { readonly field: string; readonly map: Readonly<Record<string, string>> };
  readonly limitLabels: { readonly field: string; readonly count: number };
  readonly concat: { readonly stages: readonly Stage[] };
  readonly groupBy: { readonly by: ExpressionNode };
  readonly toPatches: { readonly field: string };
  readonly sortBySimilarity: {
    readonly query: JsonValue;
    readonly k?: number;
    readonly reverse: boolean;
    readonly distField?: string;
    readonly brainKey?: string;
    /** What the search found, once it was made: the stages that select and order it. */
    readonly stages?: readonly Stage[];
  };
}

export type StageKind = keyof StageParams;

export type StageOf<K extends StageKind> = K extends StageKind
  ? { readonly kind: K; readonly params: StageParams[K] }
  : never;

/** One step of a view: plain JSON, and the same in saved views, over HTTP and in the app. */
export type Stage = StageOf<StageKind>;
