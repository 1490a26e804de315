import { describe, expect, test } from "vitest";
import { defaultConfig, type SnowparkConfig } from "../../src/config/snowpark-config.ts";
import { planAsSql } from "../../src/plan/plan-as-sql.ts";
import { runScript } from "../../src/script/run-script.ts";
import type { SnowSession } from "../../src/session/snow-session.ts";
import { imagesFor } from "./configurations.ts";
import { expectDone, Rehearsal, rehearsedSecret } from "./rehearsal.ts";

const config: SnowparkConfig = {
  ...defaultConfig(),
  users: ["ANALYST"],
  egress: ["pypi.org:443"],
  names: { ...defaultConfig().names, stage: "R&D; 'notes' $$ -- \"x\"" },
};

/** The script's reader pushes the images as soon as they have somewhere to go. */
function pushing(rehearsal: Rehearsal): SnowSession {
  const { session } = rehearsal;
  const { server, notebook } = imagesFor(config);
  return {
    account: session.account,
    user: session.user,
    async execute(statement, options) {
      const result = await session.execute(statement, options);
      if (statement.startsWith("CREATE IMAGE REPOSITORY")) {
        for (const image of [server, ...(notebook === undefined ? [] : [notebook])]) {
          const place = "MILVUS_DB.PUBLIC.MILVUS_REPO";
          rehearsal.pushImage(place, `${image.name}:${image.tag}`, "MILVUS_OWNER");
        }
      }
      return result;
    },
    put: (file, folder, options) => session.put(file, folder, options),
    registryLogin: () => session.registryLogin(),
    ingressToken: (host, role) => session.ingressToken(host, role),
    close: () => session.close(),
  };
}

describe("planAsSql()", () => {
  test("planAsSql() of an empty account makes what applyPlan() makes", async () => {
    const [applied, scripted] = [new Rehearsal(), new Rehearsal()];
    expectDone(await applied.up(config));
    const script = planAsSql(await scripted.plan(config));
    expect(script).not.toContain(rehearsedSecret);
    const outcome = await runScript(script, pushing(scripted), {
      variables: { root_password: rehearsedSecret },
      secrets: [rehearsedSecret],
      now: () => scripted.time,
    });
    expect(outcome.failures).toEqual([]);
    for (let minute = 0; minute < 10; minute++) {
      await Promise.all([applied.pass(60_000), scripted.pass(60_000)]);
    }
    expect(scripted.state()).toEqual(applied.state());
    const left = await scripted.plan(config);
    expect(left.nodes.filter(({ action }) => action.kind !== "none")).toEqual([]);
  });
});
