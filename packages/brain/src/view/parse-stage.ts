import { BrainError } from "../base/brain-error.ts";
import { ParamsReader } from "./params-reader.ts";
import type { LabelCriteria, SortKey, Stage, StageKind, StageParams } from "./stage.ts";

const STAGE_COUNT_MAX = 200;
const CONCAT_DEPTH_MAX = 8;

type Parser<K extends StageKind> = (params: ParamsReader, depth: number) => StageParams[K];

const parsers: { readonly [K in StageKind]: Parser<K> } = {
  match: (params) => ({ filter: params.expression("filter") }),
  matchTags: (params) => ({
    tags: params.texts("tags"),
    bool: params.flag("bool", true),
    all: params.flag("all", false),
  }),
  matchLabels: (params) => ({
    ...labelCriteria(params),
    ...(params.has("filter") && { filter: params.expression("filter") }),
    bool: params.flag("bool", true),
  }),
  filterLabels: fieldFilter,
  filterField: fieldFilter,
  exists: (params) => ({ path: params.text("path"), bool: params.flag("bool", true) }),
  sortBy: (params) => ({ keys: params.list("keys").map(parseSortKey) }),
  limit: (params) => ({ count: params.count("count") }),
  skip: (params) => ({ count: params.count("count") }),
  take: (params) => ({ count: params.count("count"), seed: params.seed("seed") }),
  shuffle: (params) => ({ seed: params.seed("seed") }),
  select: (params) => ({ ids: params.texts("ids"), ordered: params.flag("ordered", false) }),
  exclude: (params) => ({ ids: params.texts("ids") }),
  selectFields: (params) => ({ fields: params.texts("fields") }),
  excludeFields: (params) => ({ fields: params.texts("fields") }),
  selectLabels: labelSelection,
  excludeLabels: labelSelection,
  mapLabels: (params) => ({ field: params.text("field"), map: params.map("map") }),
  limitLabels: (params) => ({ field: params.text("field"), count: params.count("count") }),
  concat: (params, depth) => ({ stages: parseStages(params.list("stages"), depth + 1) }),
  groupBy: (params) => ({ by: params.expression("by") }),
  toPatches: (params) => ({ field: params.text("field") }),
  sortBySimilarity: similarity,
};

/**
 * Checks that foreign JSON is a list of stages, and copies what it uses of it. Whether the fields exist
 * is seen when the view is evaluated.
 *
 * @throws {BrainError} `view-invalid` or `expression-invalid`, saying what is wrong.
 */
export function parseStages(json: unknown, depth = 0): Stage[] {
  if (!Array.isArray(json)) throw refused("expected a list of stages");
  if (json.length > STAGE_COUNT_MAX) {
    throw refused(`it has ${json.length} stages, the most is ${STAGE_COUNT_MAX}`);
  }
  if (depth > CONCAT_DEPTH_MAX)
    throw refused(`views are nested more than ${CONCAT_DEPTH_MAX} deep`);
  return json.map((stage) => parseStage(stage, depth));
}

/** The same for one stage. */
export function parseStage(json: unknown, depth = 0): Stage {
  if (typeof json !== "object" || json === null) throw refused("a stage is no object");
  const kind: unknown = "kind" in json ? json.kind : undefined;
  if (!isStageKind(kind)) throw refused(`there is no stage ${JSON.stringify(kind)}`);
  const params = new ParamsReader(kind, "params" in json ? json.params : undefined);
  const parsed = parsers[kind](params, depth);
  params.done();
  // The table pairs each kind with the parser of its own parameters.
  return { kind, params: parsed } as Stage;
}

function isStageKind(kind: unknown): kind is StageKind {
  return typeof kind === "string" && Object.hasOwn(parsers, kind);
}

function fieldFilter(params: ParamsReader): StageParams["filterLabels"] {
  return {
    field: params.text("field"),
    filter: params.expression("filter"),
    onlyMatches: params.flag("onlyMatches", true),
  };
}

function labelCriteria(params: ParamsReader): LabelCriteria {
  const ids = params.optionalTexts("ids");
  const tags = params.optionalTexts("tags");
  const fields = params.optionalTexts("fields");
  return {
    ...(ids !== undefined && { ids }),
    ...(tags !== undefined && { tags }),
    ...(fields !== undefined && { fields }),
  };
}

function labelSelection(params: ParamsReader): StageParams["selectLabels"] {
  return { ...labelCriteria(params), omitEmpty: params.flag("omitEmpty", true) };
}

function parseSortKey(json: unknown): SortKey {
  const key = new ParamsReader("sortBy", json);
  const parsed = { by: key.expression("by"), reverse: key.flag("reverse", false) };
  key.done();
  return parsed;
}

function similarity(params: ParamsReader, depth: number): StageParams["sortBySimilarity"] {
  const distField = params.optionalText("distField");
  const brainKey = params.optionalText("brainKey");
  return {
    query: params.json("query"),
    ...(params.has("k") && { k: params.count("k", 1) }),
    reverse: params.flag("reverse", false),
    ...(distField !== undefined && { distField }),
    ...(brainKey !== undefined && { brainKey }),
    ...(params.has("stages") && { stages: parseStages(params.list("stages"), depth + 1) }),
  };
}

function refused(reason: string): BrainError {
  return new BrainError("view-invalid", `Cannot use the view: ${reason}`);
}
