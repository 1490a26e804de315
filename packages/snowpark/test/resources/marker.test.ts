import { expect, test } from "vitest";
import { markerComment, markerOf, readMarker } from "../../src/resources/marker.ts";

test("markerOf() does not depend on the order of keys", () => {
  const marker = markerOf("milvus", { a: 1, b: { c: [1, 2], d: null } });
  expect(markerOf("milvus", { b: { d: null, c: [1, 2] }, a: 1 })).toEqual(marker);
  expect(markerOf("milvus", { b: { d: null, c: [2, 1] }, a: 1 })).not.toEqual(marker);
});

test("readMarker() reads what markerComment() writes", () => {
  const marker = markerOf('it\'s \\ "milvus"', { a: 1 });
  expect(readMarker(markerComment(marker))).toEqual(marker);
});

test.each([
  null,
  undefined,
  "",
  "our Milvus",
  "{",
  "{}",
  "[]",
  '{"managed-by":"terraform","deployment":"milvus","digest":"00"}',
  '{"managed-by":"redkite","deployment":1,"digest":"00"}',
])("readMarker() takes %s for somebody else's comment", (comment) => {
  expect(readMarker(comment)).toBeUndefined();
});
