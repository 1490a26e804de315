import { afterEach, describe, expect, it } from "vitest";
import { verify } from "../../src/operations/verify.ts";
import { type SeenRequest, type SmallServer, startSmallServer } from "./small-server.ts";

const turing = "Alan Turing was the first person to conduct substantial research in AI.";

describe("verify()", () => {
  let server: SmallServer | undefined;
  const waits: number[] = [];
  afterEach(async () => {
    waits.length = 0;
    await server?.close();
  });

  /** Runs the scenario against a server that answers so. */
  async function verifyAt(
    answer: (request: SeenRequest) => { status?: number; body?: unknown },
    signal?: AbortSignal,
  ) {
    server = await startSmallServer(answer);
    return await verify({
      door: {
        origin: new URL(`http://127.0.0.1:${server.port}`),
        ingressToken: async () => "abc",
        databaseToken: "root:pw",
      },
      embed: async (texts) => texts.map((_, i) => Float32Array.of(i, 1)),
      collectionName: "checked",
      clock: {
        now: () => 5,
        sleep: async (milliseconds) => {
          waits.push(milliseconds);
        },
      },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  const paths = () => server?.seen.map(({ path }) => path.replace("/v2/vectordb/", ""));
  const fine = ({ path }: SeenRequest) => ({
    body: { code: 0, data: path.endsWith("search") ? [{ doc_str: turing, distance: 0.5 }] : {} },
  });
  const all = ["collections/create", "entities/insert", "entities/search", "collections/drop"];

  it("stores, searches and drops, signed in on both doors", async () => {
    const report = await verifyAt(fine);
    expect(report).toMatchObject({ answer: turing, score: 0.5 });
    expect(paths()).toEqual(all);
    expect(server?.seen[0]?.headers).toMatchObject({
      authorization: 'Snowflake Token="abc"',
      "x-milvus-token": "root:pw",
    });
  });

  it("refuses another answer, and drops the collection all the same", async () => {
    const wrong = verifyAt(({ path }) => ({
      body: { code: 0, data: path.endsWith("search") ? [{ doc_str: "Born", distance: 1 }] : {} },
    }));
    await expect(wrong).rejects.toMatchObject({ code: "not-ready" });
    expect(paths()).toEqual(all);
  });

  it("drops the collection after a failed insert, and tells the insert's failure", async () => {
    const failing = verifyAt((request) =>
      request.path.endsWith("insert") ? { body: { code: 1100, message: "no" } } : fine(request),
    );
    await expect(failing).rejects.toThrow(/entities\/insert.*1100/);
    expect(paths()?.at(-1)).toBe("collections/drop");
  });

  it("asks again while the ingress answers 5xx, five times in all", async () => {
    let refusals = 2;
    await verifyAt((request) => (refusals-- > 0 ? { status: 503, body: "" } : fine(request)));
    expect(waits).toEqual([500, 1_000]);
    await server?.close();
    await expect(verifyAt(() => ({ status: 503, body: "upstream" }))).rejects.toMatchObject({
      code: "not-ready",
    });
    expect(server?.seen).toHaveLength(5);
  });

  it("tells a sign-in page of Snowflake as what it is", async () => {
    const page = verifyAt(() => ({ status: 401, body: "<html>" }));
    await expect(page).rejects.toThrow(/HTTP 401, no JSON/);
  });
});
