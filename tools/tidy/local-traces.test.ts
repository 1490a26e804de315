import { expect, it } from "vitest";
import { checkLocalTraces } from "./local-traces.ts";
import { repositoryOf } from "./repository.ts";

// Put together here, so that the check does not find them in this file.
const home = ["", "root", "data"].join("/");
const registry = ["registry", "example", "com"].join(".");

it("checkLocalTraces() finds paths of one machine and package registries, with their lines", () => {
  const repository = repositoryOf({
    "a.md": `one\ncd ${home}`,
    "b.npmrc": `url=https://${registry}/`,
    "package-lock.json": `"https://${registry}/a.tgz"`,
  });
  expect(checkLocalTraces(repository)).toMatchObject([
    { path: "a.md", line: 2 },
    { path: "b.npmrc", line: 1 },
  ]);
});

it("checkLocalTraces() lets relative paths, URLs and like names pass", () => {
  const text =
    "src/work/a.ts ./root/b https://example.com/work/c text-model-registry.ts /tmp/demo.db";
  expect(checkLocalTraces(repositoryOf({ "a.md": text }))).toEqual([]);
});
