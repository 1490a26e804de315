import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { restRoutes } from "../../src/rest/routes.ts";
import { RestHarness } from "./rest-harness.ts";

const page = readFileSync(new URL("../../../../docs/rest.md", import.meta.url), "utf8");

it("docs/rest.md has examples that work, and answer what it says", async () => {
  const [, code = ""] = /^```sh\n(.*?)^```$/ms.exec(page) ?? [];
  const api = await RestHarness.open();
  try {
    const answers: string[] = [];
    for (const [, path, body] of code.matchAll(
      /^curl http:\/\/127.0.0.1:19530(\S+) -d '(.*?)'$/gms,
    )) {
      answers.push(await (await api.fetch(path, body)).text());
    }
    expect(answers).toHaveLength(3);
    for (const answer of answers) expect(JSON.parse(answer)).toMatchObject({ code: 0 });
    const [, last] = /^# (\{.*\})$/m.exec(code) ?? [];
    expect(answers.at(-1)).toBe(last);
  } finally {
    await api.close();
  }
});

it("docs/rest.md lists every address that is carried out", () => {
  const [, addresses = ""] = /^## Addresses$(.*?)^## /ms.exec(page) ?? [];
  const listed = [...addresses.matchAll(/^\| `([\w/]+)` \| (`.*)\|$/gm)].flatMap(
    ([, category, actions]) =>
      [...actions.matchAll(/`(\w+)`/g)].map(([, action]) => `/${category}/${action}`),
  );
  const refused = restRoutes.filter(({ summary }) => summary === "Not supported yet");
  const served = restRoutes.filter((route) => !refused.includes(route)).map(({ path }) => path);
  expect(listed.toSorted()).toEqual(served.toSorted());
});
