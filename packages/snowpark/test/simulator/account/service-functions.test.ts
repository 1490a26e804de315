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
    [{ status: 500, body: {} }, "HTTP status 500"],
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

  it("CREATE FUNCTION refuses an endpoint that is not there, or TCP", async () => {
    const test = await prepared();
    await test.run(create());
    expect(await test.failure(definition().replace("=sf", "=none"))).toContain("Endpoint 'none'");
    expect(await test.failure(definition().replace("=sf", "=grpc"))).toContain("TCP");
    expect(await test.failure(definition().replace("VARCHAR", "GEOGRAPHY"))).toContain("001003");
  });
});
