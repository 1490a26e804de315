import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Collection,
  type Database,
  type Metric,
  openDatabase,
  type QueryRequest,
  type SearchRequest,
} from "../../src/index.ts";

interface Film {
  readonly id: number;
  readonly clips: readonly { readonly start: number; readonly frame: readonly number[] }[] | null;
}

let database: Database;
beforeEach(async () => {
  database = await openDatabase(":memory:", { threads: 1, maintenance: false });
});
afterEach(() => database.close());

/** A collection of these films: those before `flushed` on disk, the others in memory. */
async function collectionOf(
  films: readonly Film[],
  { metric = "L2", flushed = 0 }: { metric?: Metric; flushed?: number } = {},
): Promise<Collection> {
  const collection = await database.createCollection({
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "plain", type: "FloatVector", dim: 2 },
    ],
    structs: [
      {
        name: "clips",
        nullable: true,
        fields: [
          { name: "start", type: "Array", elementType: "Int32", maxCapacity: 8 },
          {
            name: "frame",
            type: "ArrayOfVector",
            elementType: "FloatVector",
            dim: 2,
            maxCapacity: 8,
          },
        ],
      },
    ],
    indexes: [
      { field: "clips[frame]", type: "HNSW", metric },
      { field: "plain", type: "FLAT", metric: "L2" },
    ],
  });
  const rows = films.map((film) => ({ ...film, plain: [film.id, 0] }));
  if (flushed > 0) {
    await collection.insert(rows.slice(0, flushed));
    await collection.flush();
  }
  if (flushed < rows.length) await collection.insert(rows.slice(flushed));
  return collection;
}

const arbitraryFilms = fc
  .array(
    fc.option(
      fc.array(
        fc.record({
          start: fc.integer({ min: 0, max: 9 }),
          frame: fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 })),
        }),
        { maxLength: 4 },
      ),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((rows): Film[] => rows.map((clips, id) => ({ id, clips })));

/** All clips, as hits are: by film and number. */
function clipsOf(films: readonly Film[]) {
  return films.flatMap(({ id, clips }) =>
    (clips ?? []).map(({ start, frame: [x, y] }, element) => ({ id, element, start, x, y })),
  );
}

const point = { field: "clips[frame]", vectors: Float32Array.of(1, 2) };

async function hitsOf(films: Collection, request: Omit<SearchRequest, "field" | "vectors">) {
  const [hits] = await films.searchRows({ ...point, ...request });
  return hits.map(({ key, element, score }) => [Number(key), element, score]);
}

async function pairsOf(films: Collection, request: QueryRequest): Promise<number[][]> {
  const result = await films.query(request);
  const { values } = result.fields[0].column as { values: BigInt64Array };
  const elements = result.elements ?? [];
  return elements.flatMap((numbers, row) => numbers.map((number) => [Number(values[row]), number]));
}

const three: Film[] = [
  {
    id: 1,
    clips: [
      { start: 5, frame: [1, 2] },
      { start: 0, frame: [9, 9] },
      { start: 7, frame: [1, 3] },
    ],
  },
  { id: 2, clips: null },
  { id: 3, clips: [{ start: 8, frame: [1, 2.5] }] },
];

describe("Collection.search() among the elements of an array of structs", () => {
  it("finds the nearest elements of all rows, wherever they lie, that the filter passes", async () => {
    const filters: Readonly<Record<string, (id: number, start: number) => boolean>> = {
      "": () => true,
      "id > 2": (id) => id > 2,
      "element_filter(clips, $[start] > 4)": (_, start) => start > 4,
      "id < 9 and element_filter(clips, $[start] in [1, 3, 5])": (id, start) =>
        id < 9 && [1, 3, 5].includes(start),
    };
    await fc.assert(
      fc.asyncProperty(
        arbitraryFilms,
        fc.nat(12),
        fc.constantFrom(...Object.keys(filters)),
        fc.record({ k: fc.integer({ min: 1, max: 9 }), offset: fc.nat(3) }),
        async (model, flushed, filter, { k, offset }) => {
          const films = await collectionOf(model, { flushed: Math.min(flushed, model.length) });
          try {
            const expected = clipsOf(model)
              .filter(({ id, start }) => filters[filter](id, start))
              .map(({ x, y }) => (x - 1) ** 2 + (y - 2) ** 2)
              .sort((a, b) => a - b)
              .slice(offset, offset + k);
            const hits = await hitsOf(films, { filter, k, offset });
            expect(hits.map(([, , score]) => score)).toEqual(expected);
            const found = hits.map(([id, element]) => `${id} ${element}`);
            expect(new Set(found).size).toBe(found.length);
            for (const [id, element, score] of hits) {
              const clip = clipsOf(model).find((c) => c.id === id && c.element === element);
              expect(clip && (clip.x - 1) ** 2 + (clip.y - 2) ** 2).toBe(score);
              expect(clip && filters[filter](clip.id, clip.start)).toBe(true);
            }
          } finally {
            await database.dropCollection("films");
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("answers a row once for each of its elements, the rows that deletes have left", async () => {
    const films = await collectionOf(three, { flushed: 2 });
    expect(await hitsOf(films, { k: 3 })).toEqual([
      [1, 0, 0],
      [3, 0, 0.25],
      [1, 2, 1],
    ]);
    await films.delete({ keys: [3] });
    expect(await hitsOf(films, { k: 3, range: { radius: 2, rangeFilter: 0.5 } })).toEqual([
      [1, 2, 1],
    ]);
    await films.upsert([{ id: 1, plain: [0, 0], clips: [{ start: 1, frame: [1, 2] }] }]);
    expect(await hitsOf(films, { k: 3 })).toEqual([[1, 0, 0]]);
  });

  it.each<[Partial<SearchRequest>, string]>([
    [{ boost: { functions: [{ weight: 2 }] } }, "takes no boost, order, aggregation"],
    [{ orderBy: [{ field: "id" }] }, "takes no boost, order, aggregation"],
    [{ groupBy: { fields: ["id"] } }, "group by is not supported for multi-search-multi"],
    [
      { field: "plain", filter: "element_filter(clips, $[start] > 4)" },
      "element_filter is only supported for element-level search on vector sub-fields of the same struct array; use MATCH_ANY/MATCH_* for row-level vector search",
    ],
  ])("refuses %j", async (request, text) => {
    const films = await collectionOf(three);
    await expect(films.search({ ...point, k: 3, ...request })).rejects.toThrow(text);
  });

  it("refuses hybrid searches and iterations, and lists of vectors", async () => {
    const films = await collectionOf(three);
    const text = "takes no boost, order, aggregation, iterator or hybrid search";
    await expect(
      films.hybridSearch({ searches: [{ ...point, k: 3 }], limit: 3 }),
    ).rejects.toMatchObject({ code: "unsupported", message: expect.stringContaining(text) });
    await expect(films.searchIterator(point).next()).rejects.toThrow(text);
    const elements = { layout: "vector", rowCount: 1, element: "float32", dim: 2 } as const;
    const list = {
      layout: "list",
      rowCount: 1,
      offsets: Uint32Array.of(0, 1),
      elements: { ...elements, values: Float32Array.of(1, 2) },
    } as const;
    await expect(films.search({ ...point, vectors: list, k: 3 })).rejects.toThrow(
      "vector type must be the same",
    );
  });

  it("is for metrics that compare single vectors", async () => {
    const films = await collectionOf(three, { metric: "MAX_SIM_L2" });
    await expect(films.search({ ...point, k: 3 })).rejects.toThrow("vector type must be the same");
    await expect(
      films.search({ ...point, k: 3, filter: "element_filter(clips, $[start] > 4)" }),
    ).rejects.toThrow();
  });
});

describe("Collection.query() with element_filter", () => {
  const filter = "element_filter(clips, $[start] > 4)";

  it("answers the elements that it has found, of which limit and offset count", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryFilms,
        fc.nat(12),
        fc.record({ limit: fc.option(fc.integer({ min: 1, max: 9 })), offset: fc.nat(4) }),
        async (model, flushed, { limit, offset }) => {
          const films = await collectionOf(model, { flushed: Math.min(flushed, model.length) });
          try {
            const expected = clipsOf(model)
              .filter(({ start }) => start > 4)
              .map(({ id, element }) => [id, element]);
            const end = limit === null ? undefined : offset + limit;
            const window = limit === null ? { offset } : { offset, limit };
            expect(await pairsOf(films, { filter, ...window })).toEqual(
              expected.slice(offset, end),
            );
            const { fields } = await films.query({ filter, outputFields: ["count(*)"] });
            const { values } = fields[0].column as { values: BigInt64Array };
            expect(Number(values[0])).toBe(expected.length);
          } finally {
            await database.dropCollection("films");
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("goes on behind an element, page by page, as iterators do", async () => {
    const films = await collectionOf(three, { flushed: 1 });
    const pages: number[][][] = [];
    let page = await pairsOf(films, { filter, limit: 1 });
    while (page.length > 0) {
      pages.push(page);
      const [[key, element]] = page;
      page = await pairsOf(films, {
        filter: `id >= ${key} and (${filter})`,
        limit: 1,
        afterElement: { key: BigInt(key), element },
      });
    }
    expect(pages).toEqual([[[1, 0]], [[1, 2]], [[3, 0]]]);
  });

  it("refuses to go on behind an element without one", async () => {
    const films = await collectionOf(three);
    await expect(
      films.query({ filter: "id > 0", afterElement: { key: 1n, element: 0 } }),
    ).rejects.toThrow("an element to go on behind needs a filter with element_filter");
  });
});
