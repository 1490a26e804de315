import * as brain from "@redkite/brain";
import { expect, it } from "vitest";
import * as offered from "../src/brain.ts";

it("redkite/brain offers all that @redkite/brain does", () => {
  expect(Object.keys(offered).sort()).toEqual(Object.keys(brain).sort());
});
