import * as snowpark from "@redkite/snowpark";
import { expect, it } from "vitest";
import * as offered from "../src/snowpark.ts";

it("redkite/snowpark offers all that @redkite/snowpark does", () => {
  expect(Object.keys(offered).sort()).toEqual(Object.keys(snowpark).sort());
});
