import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Collection, Database, SearchHit, SearchRequest } from "../../src/index.ts";
import { openDatabase } from "../../src/index.ts";
import { seededRandom } from "../kit/random.ts";

// An index that finds near duplicates by the hashes of bands: what is equal in one of them is found.

const elementCount = 1_024;
const dim = 32 * elementCount;
const rowCount = 1_050;
const random = seededRandom(8);

function signature(): Uint8Array {
  return Uint8Array.from({ length: dim / 8 }, () => Math.floor(256 * random()));
}

/** The signature with the first so many elements changed. */
function changed(of: Uint8Array, count: number): Uint8Array {
  return of.map((byte, i) => (i < 4 * count ? byte ^ 0xff : byte));
}

const original = signature();
const missing = 500;
/** Of row i. Rows 0 to 9 are ever less like the original; the others have nothing of it. */
const rowsOf = Array.from({ length: rowCount }, (_, i) =>
  i < 10 ? changed(original, 100 * i) : signature(),
);

describe("An index of type MINHASH_LSH", () => {
  let folder = "";
  let db: Database;
  let rows: Collection;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "redkite-minhash-"));
    db = await openDatabase(join(folder, "rows.db"), { durability: "os" });
    rows = await db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "signature", type: "BinaryVector", dim, nullable: true },
      ],
      indexes: [
        {
          field: "signature",
          type: "MINHASH_LSH",
          metric: "MHJACCARD",
          params: { mh_element_bit_width: 32, mh_lsh_band: 64 },
        },
      ],
    });
    await rows.insert(
      rowsOf.map((value, id) => ({ id, signature: id === missing ? null : value })),
    );
    await rows.flush();
    await rows.waitForIndexes();
  });

  afterAll(async () => {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function search(request: Partial<SearchRequest> = {}): Promise<SearchHit[]> {
    const vectors = {
      layout: "vector",
      element: "bit",
      rowCount: 1,
      dim,
      values: original,
    } as const;
    const [hits] = await rows.searchRows({ vectors, k: 20, ...request });
    return hits;
  }

  test("ranks the candidates by the share of equal elements when that is asked for", async () => {
    const params = { mh_search_with_jaccard: true, refine_k: 50 };
    const hits = await search({ params });
    expect(hits.map(({ key }) => Number(key))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { key, score } of hits) {
      expect(score).toBeCloseTo((elementCount - 100 * Number(key)) / elementCount, 5);
    }
    const nearest = await search({ params, filter: "id in [3, 7, 20, 500]" });
    expect(nearest.map(({ key }) => Number(key))).toEqual([3, 7]);
    const range = await search({ params, range: { radius: 0.5, rangeFilter: 0.95 } });
    expect(range.map(({ key }) => Number(key))).toEqual([1, 2, 3, 4, 5]);
  });

  test("answers candidates with the score 1 otherwise", async () => {
    const hits = await search();
    expect(hits.map(({ score }) => score)).toEqual(new Array(10).fill(1));
  });

  test("answers the same from its file, and leaves out deleted rows", async () => {
    await db.close();
    db = await openDatabase(join(folder, "rows.db"), { durability: "os" });
    rows = db.collection("rows");
    await rows.delete({ keys: [0, 2] });
    const hits = await search({ params: { mh_search_with_jaccard: true, refine_k: 50 } });
    expect(hits.map(({ key }) => Number(key))).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
    const [info] = rows.listIndexes();
    expect(info).toMatchObject({ servedBy: "MINHASH_LSH", state: "finished" });
  });
});
