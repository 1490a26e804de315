// Who may make a request is read from its bytes by one reader, and carried out by another one. Bytes
// that mean something else to each would let a user work where nothing is granted.
import { create, type DescMethod, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { needOf } from "../../src/access/request-need.ts";
import {
  MilvusService as descriptor,
  QueryRequestSchema,
  QueryResultsSchema,
} from "../../src/wire/gen/milvus_pb.ts";
import { requestPrivileges } from "../../src/wire/gen/privileges.ts";
import { decodeMessage } from "../../src/wire/messages.ts";
import { AccessHarness } from "./access-harness.ts";

const opened: AccessHarness[] = [];
afterEach(async () => {
  for (const harness of opened.splice(0)) await harness.close();
});

function query(collectionName: string): Uint8Array {
  const request = { collectionName, expr: "id >= 0", outputFields: ["id"], queryParams: [] };
  return toBinary(QueryRequestSchema, create(QueryRequestSchema, request));
}

/** A tag of a field whose number takes one or two bytes. */
function tag(field: number, wireType: number): number[] {
  const value = (field << 3) | wireType;
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >> 7];
}

describe("A request that says one thing to who looks and another to who carries it out", () => {
  const films = query("films");
  const secret = query("secret");
  /** Those whose fields end where others begin, or are of other types than the protocol says. */
  const forged = {
    "a field that is longer than its message": Buffer.concat([
      secret,
      Uint8Array.of(...tag(1, 2), 2, ...tag(14, 2), films.length),
      films,
    ]),
    "a number that is written as bytes": Buffer.concat([
      films,
      Uint8Array.of(...tag(QueryRequestSchema.field.guaranteeTimestamp.number, 2), secret.length),
      secret,
    ]),
  };

  it.each(Object.entries(forged))("is refused: %s", async (_what, bytes) => {
    const harness = await AccessHarness.open("ana");
    opened.push(harness);
    await harness.createCollection("films");
    await harness.createCollection("secret");
    await harness.grant("ana", "Query", { collection: "films" });
    const authorization = Buffer.from("ana:secret").toString("base64");
    const context = { databaseName: "", authorization };
    const answer = await harness.service.handle("Query", bytes, context);
    expect(decodeMessage(QueryResultsSchema, answer).status).toMatchObject({
      code: 1100,
      reason: expect.stringContaining("cannot decode the request"),
    });
  });
});

describe("needOf() and decodeMessage()", () => {
  const named = descriptor.methods.filter(({ input }) => {
    const declared = requestPrivileges[input.typeName];
    const field = input.fields.find(({ number }) => number === declared?.nameField);
    return field?.fieldKind === "scalar";
  });

  const messageOf = ({ input }: DescMethod, text: string) =>
    toBinary(
      input,
      create(
        input,
        Object.fromEntries(
          input.fields
            .filter((field) => field.fieldKind === "scalar" && /name/i.test(field.name))
            .map((field) => [field.localName, text]),
        ),
      ),
    );

  it("see the same name in whatever bytes both take", () => {
    let agreed = 0;
    const edit = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
    // The beginning of a field of so many bytes: what comes next is in it, or beyond it.
    const header = fc
      .tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 0, max: 40 }))
      .map(([number, length]) => Uint8Array.of((number << 3) | 2, length));
    fc.assert(
      fc.property(
        fc.constantFrom(...named),
        fc.array(fc.constantFrom("a", "films", "secret"), { minLength: 1, maxLength: 3 }),
        fc.array(edit, { maxLength: 1 }),
        fc.oneof(header, fc.uint8Array({ maxLength: 3 })),
        (method, texts, edits, inserted) => {
          const parts = texts.map((text) => messageOf(method, text));
          const bytes = Buffer.concat([...parts.slice(0, -1), inserted, ...parts.slice(-1)]);
          for (const { at, byte } of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          let name: string | undefined;
          let decoded: object;
          try {
            name = needOf(method.name, bytes)?.objectNames[0];
            decoded = decodeMessage(method.input, bytes);
          } catch {
            return;
          }
          const { nameField } = requestPrivileges[method.input.typeName];
          const field = method.input.fields.find(({ number }) => number === nameField);
          agreed++;
          expect(name).toBe(Object.entries(decoded).find(([key]) => key === field?.localName)?.[1]);
        },
      ),
      { numRuns: 3_000 },
    );
    expect(agreed).toBeGreaterThan(300);
  });
});
