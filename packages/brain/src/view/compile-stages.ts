import { BrainError } from "../base/brain-error.ts";
import {
  excludeLabels,
  filterField,
  filterLabels,
  limitLabels,
  mapLabels,
  matchLabels,
  selectLabels,
} from "./label-stages.ts";
import { toPatches } from "./patches-stage.ts";
import { baseRelation, columnOf, orderClause, type Relation } from "./relation.ts";
import {
  exclude,
  excludeFields,
  exists,
  groupBy,
  limit,
  match,
  matchTags,
  page,
  select,
  selectFields,
  shuffle,
  skip,
  sortBy,
  take,
} from "./row-stages.ts";
import type { SampleSource } from "./sample-source.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import type { Stage, StageKind, StageParams } from "./stage.ts";

/** What one kind of stage makes of a relation. */
type StageCompiler<K extends StageKind> = (
  relation: Relation,
  stage: StageParams[K],
  params: SqlParameters,
  source: SampleSource,
) => Relation;

/**
 * Stages as one SELECT over the table of samples: each a SELECT from that of the stage before it.
 *
 * @throws {BrainError} `field-not-found` for a field that is gone, `view-invalid` or
 * `expression-invalid` for a stage that does not fit the fields.
 */
export function compileStages(
  source: SampleSource,
  stages: readonly Stage[],
  params: SqlParameters,
): Relation {
  return applyStages(baseRelation(source), stages, params, source);
}

function applyStages(
  relation: Relation,
  stages: readonly Stage[],
  params: SqlParameters,
  source: SampleSource,
): Relation {
  let compiled = relation;
  for (const [i, stage] of stages.entries()) {
    const before = stages[i - 1];
    const after = stages[i + 1];
    // A page is one step: what is passed over need not be sorted with all its columns.
    if (stage.kind === "skip" && after?.kind === "limit") continue;
    if (stage.kind === "limit" && before?.kind === "skip") {
      const range = { skip: before.params.count, limit: stage.params.count };
      compiled = page(compiled, range, params);
      continue;
    }
    // Each kind stands in the table with the compiler of its own parameters.
    const compile = compilers[stage.kind] as StageCompiler<StageKind>;
    compiled = compile(compiled, stage.params, params, source);
  }
  return compiled;
}

const compilers: { readonly [K in StageKind]: StageCompiler<K> } = {
  match,
  matchTags,
  matchLabels,
  filterLabels,
  filterField,
  exists,
  sortBy,
  limit,
  skip,
  take,
  shuffle,
  select,
  exclude,
  selectFields,
  excludeFields,
  selectLabels,
  excludeLabels,
  mapLabels,
  limitLabels,
  concat,
  groupBy,
  toPatches,
  sortBySimilarity: (relation, { stages }, params, source) => {
    if (stages !== undefined) return applyStages(relation, stages, params, source);
    throw new BrainError(
      "unsupported",
      "Cannot sort by similarity: no similarity search is loaded in this process",
    );
  },
};

/** The rows of the relation, then those of the other stages; ids may come twice. */
function concat(
  relation: Relation,
  { stages }: StageParams["concat"],
  params: SqlParameters,
  source: SampleSource,
): Relation {
  const other = compileStages(source, stages, params);
  if (other.patchesField !== relation.patchesField) {
    throw new BrainError(
      "collection-mismatch",
      "Cannot concat a view of samples and one of patches, or patches of two fields",
    );
  }
  const [part, place] = [params.newName(), params.newName()];
  const columns = (side: Relation, number: number): string => {
    const visible = new Set(side.fields.map(({ name }) => name));
    const cells = relation.fields.map((field) =>
      visible.has(field.name) ? columnOf(field) : `NULL AS ${columnOf(field)}`,
    );
    const placed = `row_number() OVER (${orderClause(side.order)}) AS ${place}`;
    return `SELECT ${[...cells, `${number} AS ${part}`, placed].join(", ")} FROM (${side.sql})`;
  };
  return {
    ...relation,
    sql: `${columns(relation, 0)} UNION ALL ${columns(other, 1)}`,
    order: [part, place].map((column) => ({ column, descending: false })),
  };
}
