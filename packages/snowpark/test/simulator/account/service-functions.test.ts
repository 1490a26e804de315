import { describe, expect, it } from "vitest";
import type { ServiceCall } from "../../../src/simulator/account/surroundings.ts";
import { create, prepared } from "./test-service.ts";

describe("SimulatedAccount's service functions", () => {
  const definition = (more = "") =>
    `CREATE FUNCTION F(C VARCHAR, V ARRAY, K INT) RETURNS VARIANT SERVICE=SVC ENDPOINT=sf ${more} AS '/sf/search'`;

  it("a service function sends its rows in batches to the endpoint, and gives back the answers in order", async () => {
    const calls: ServiceCall[] = [];
    const callService = async (call: ServiceCall) => {
      calls.push(call);
      const data = call.body.data.map(([number, ...args]) => [number, { args }]).reverse();
      return { status: 200, body: { data } };
    };
    const test = await prepared({ callService });
    await test.run(create());
    await test.run(definition("CONTEXT_HEADERS=(CURRENT_ROLE) MAX_BATCH_ROWS=2"));
    expect(await test.failure("SELECT F('films', [1, 2], 3)")).toContain("is not running");
    await test.wait(120_000);
    expect(await test.cell("SELECT db.public.f('films', [1, 2.5]::ARRAY, 3) AS hit")).toBe(
      '{"args":["films",[1,2.5],3]}',
    );
    expect(calls).toMatchObject([
      {
        service: "DB.PUBLIC.SVC",
        port: 19531,
        path: "/sf/search",
        headers: { "sf-context-current-user": "ADMIN", "sf-context-current-role": "OWNER" },
      },
    ]);
    calls.length = 0;
    const answers = await test.run(
      "SELECT F(column1, [column2], 1)::VARCHAR AS a FROM VALUES ('x', 1), ('y', 2), ('z', 3)",
    );
    expect(answers.map(({ A }) => A)).toEqual(
      ["x", "y", "z"].map((text, index) => `{"args":["${text}",[${index + 1}],1]}`),
    );
    expect(calls.map(({ body }) => body.data.map(([number]) => number))).toEqual([[0, 1], [0]]);
    expect(await test.failure("SELECT F('films')")).toContain("Unknown function");
    expect(await test.failure("SELECT F('films', [1], 3)", { role: "ACCOUNTADMIN" })).toContain(
      "Unknown function",
    );
    expect(await test.run("SHOW USER FUNCTIONS")).toMatchObject([{ name: "F" }]);
    await test.run("DROP FUNCTION F(VARCHAR, ARRAY, NUMBER)");
    expect(await test.failure("DROP FUNCTION F(VARCHAR)")).toContain(
      "Function 'DB.PUBLIC.F(VARCHAR)'",
    );
  });

  it.each([
    [{ status: 500, body: {} }, "remote service error: 500 '{}'"],
    [{ status: 400, body: { error: "no such thing" } }, `400 '{"error":"no such thing"}'`],
    [{ status: 200, body: { data: [] } }, "1 rows"],
    [{ status: 200, body: { data: [[7, 1]] } }, "each row number once"],
    [{ status: 200, body: "x" }, "1 rows"],
  ])("an answer such as %j is an error", async (reply, text) => {
    const test = await prepared({ callService: async () => reply });
    await test.run(create());
    await test.run(definition());
    await test.wait(120_000);
    expect(await test.failure("SELECT F('a', [], 1)")).toMatch(/^100351 /);
    expect(await test.failure("SELECT F('a', [], 1)")).toContain(text);
  });

  it.each([
    ["", 503, 4],
    ["MAX_BATCH_RETRIES=0", 503, 1],
    ["MAX_BATCH_RETRIES=1", 429, 2],
    ["", 400, 1],
  ])(
    "a batch of a function %s that is answered %i is sent %i times, with one id",
    async (more, status, times) => {
      const ids: (string | undefined)[] = [];
      const callService = async ({ headers }: ServiceCall) => {
        ids.push(headers["sf-external-function-query-batch-id"]);
        return { status, body: {} };
      };
      const test = await prepared({ callService });
      await test.run(create());
      await test.run(definition(more));
      await test.wait(120_000);
      expect(await test.failure("SELECT F('a', [], 1)")).toMatch(/^100351 /);
      expect(ids).toHaveLength(times);
      expect(new Set(ids).size).toBe(1);
      await test.failure("SELECT F('a', [], 1)");
      expect(new Set(ids).size).toBe(2);
    },
  );

  it("a batch that nobody answers is sent again, and one that is answered then is not lost", async () => {
    let calls = 0;
    const callService = async ({ body }: ServiceCall) => {
      calls += 1;
      if (calls === 1) throw new Error("connect ECONNREFUSED");
      return { status: 200, body: { data: body.data.map(([number]) => [number, "found"]) } };
    };
    const test = await prepared({ callService });
    await test.run(create());
    await test.run(definition());
    await test.run(definition("MAX_BATCH_RETRIES=0").replace(" F(", " G("));
    await test.wait(120_000);
    expect(await test.cell("SELECT F('a', [], 1)::VARCHAR AS a")).toBe("found");
    calls = 0;
    expect(await test.failure("SELECT G('a', [], 1)")).toMatch(/^100351 .*ECONNREFUSED/s);
  });

  it("ON_BATCH_FAILURE = RETURN_NULL makes the rows of a batch that fails NULL, and no others", async () => {
    const callService = async ({ body }: ServiceCall) =>
      body.data[0]?.[1] === "bad"
        ? { status: 500, body: {} }
        : { status: 200, body: { data: body.data.map(([number]) => [number, "found"]) } };
    const test = await prepared({ callService });
    await test.run(create());
    await test.run(definition("ON_BATCH_FAILURE=RETURN_NULL MAX_BATCH_ROWS=1"));
    await test.wait(120_000);
    const rows = await test.run(
      "SELECT F(column1, [], 1)::VARCHAR AS a FROM VALUES ('good'), ('bad'), ('good')",
    );
    expect(rows.map(({ A }) => A)).toEqual(["found", null, "found"]);
  });

  it("CREATE FUNCTION says that BATCH_TIMEOUT_SECS is not simulated", async () => {
    const test = await prepared();
    await test.run(create());
    expect(await test.failure(definition("BATCH_TIMEOUT_SECS=10"))).toMatch(
      /^000002 .*BATCH_TIMEOUT_SECS/s,
    );
  });

  it("CREATE FUNCTION refuses an endpoint that is not there, or TCP", async () => {
    const test = await prepared();
    await test.run(create());
    expect(await test.failure(definition().replace("=sf", "=none"))).toContain("Endpoint 'none'");
    expect(await test.failure(definition().replace("=sf", "=grpc"))).toContain("TCP");
    expect(await test.failure(definition().replace("VARCHAR", "GEOGRAPHY"))).toContain("001003");
  });
});
