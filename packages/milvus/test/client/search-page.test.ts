import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FunctionType, MilvusClient } from "../../src/client/index.ts";

const page = readFileSync(new URL("../../../../docs/search.md", import.meta.url), "utf8");

/** The TypeScript of the page, which is JavaScript too, as the body of one function. */
function examples(): string {
  return [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join("\n");
}

it("docs/search.md has examples that run, and answer what it says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "redkite-search-page-"));
  const client = new MilvusClient(join(folder, "films.db"));
  try {
    const names = [...examples().matchAll(/^const (\w+) =/gm)].map(([, name]) => name);
    const body = `${examples()}\nreturn { ${names.join(", ")} };`;
    const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
    const found = await new AsyncFunction("client", "FunctionType", body)(client, FunctionType);
    // The SDK gives no ids where output fields were asked for.
    const idsOf = (name: string): number[] =>
      found[name].results.map(({ id }: { id: string }) => Number(id));
    expect(found.nearest.results.map(({ title }: { title: string }) => title)).toEqual([
      "Kes",
      "Heat",
    ]);
    expect(idsOf("likeHeat")).toEqual([2]);
    expect(idsOf("within")).toEqual([2, 3]);
    expect(idsOf("perGenre")).toEqual([1, 3, 2]);
    expect(idsOf("oldest")).toEqual([1, 3, 2]);
    expect(idsOf("both")).toEqual([1, 2]);
    expect(idsOf("newer")).toEqual([2, 1, 3]);
    expect(found.buckets.agg_buckets.map(({ key }: { key: unknown[] }) => key[0])).toMatchObject([
      { value: "1969" },
      { value: "1995" },
    ]);
    expect(found.titles).toEqual(["Kes", "Heat", "Ran", "Ikiru"]);
    expect(found.latest.data.map(({ title }: { title: string }) => title)).toEqual(["Heat", "Ran"]);
    expect(found.spans.data).toEqual([
      { "count(*)": "4", "min(year)": 1952, "avg(year)": 1975.25 },
    ]);
  } finally {
    await client.closeConnection();
    rmSync(folder, { recursive: true, force: true });
  }
});
