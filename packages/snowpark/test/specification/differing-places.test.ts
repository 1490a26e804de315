import { expect, test } from "vitest";
import { differingPlaces } from "../../src/specification/differing-places.ts";

const wanted = { spec: { containers: [{ name: "a", image: "/i:2" }], endpoints: [] } };

test("differingPlaces() names the places that differ", () => {
  const is = { spec: { containers: [{ name: "a", image: "/i:1" }] } };
  expect(differingPlaces(wanted, is)).toEqual(["spec.containers[0].image", "spec.endpoints"]);
});

test("differingPlaces() does not look at what an account fills in, but for longer lists", () => {
  const is = {
    spec: { containers: [{ name: "a", image: "/i:2", args: [] }], endpoints: [{ name: "e" }] },
    capabilities: {},
  };
  expect(differingPlaces(wanted, is)).toEqual(["spec.endpoints"]);
});

test("differingPlaces() of other kinds of values is their place", () => {
  expect(differingPlaces({ a: [1] }, { a: { 0: 1 } })).toEqual(["a"]);
  expect(differingPlaces({ a: {} }, { a: null })).toEqual(["a"]);
  expect(differingPlaces(null, undefined)).toEqual([""]);
});
