import { describe, expect, test } from "vitest";
import { defaultConfig, type SnowparkConfig } from "../../src/config/snowpark-config.ts";
import { failureOf } from "../../src/plan/apply-plan.ts";
import { imagesFor } from "./configurations.ts";
import { expectDone, Rehearsal } from "./rehearsal.ts";

const everything: SnowparkConfig = {
  ...defaultConfig(),
  users: ["ANALYST"],
  egress: ["pypi.org:443"],
};

describe("a run that is cut off", () => {
  test("applyPlan() cut off on the way up after any statement is finished by the next up", async () => {
    const whole = new Rehearsal();
    expectDone(await whole.up(everything));
    const count = whole.statements.length;
    expect(count).toBeGreaterThan(30);
    for (let sent = 1; sent <= count; sent++) {
      const rehearsal = new Rehearsal();
      const cut = await rehearsal.up(everything, { crashAfter: sent });
      expect(failureOf(cut)?.code, `after ${sent}`).toBe("network");
      expectDone(await rehearsal.up(everything));
      expect(rehearsal.state(), `after ${sent}`).toEqual(whole.state());
    }
  });

  test("applyPlan() cut off on the way up after any statement can be taken down instead", async () => {
    const whole = new Rehearsal();
    expectDone(await whole.up(everything));
    const count = whole.statements.length;
    for (let sent = 1; sent < count; sent++) {
      const rehearsal = new Rehearsal();
      const before = rehearsal.state();
      await rehearsal.up(everything, { crashAfter: sent });
      expectDone(await rehearsal.down(everything, { deleteData: true }));
      expect(rehearsal.state(), `after ${sent}`).toEqual(before);
    }
  });

  test("applyPlan() cut off in the middle of a change is finished by the next up", async () => {
    const changed: SnowparkConfig = {
      ...everything,
      users: ["ADMIN"],
      egress: ["pypi.org:443", "files.pythonhosted.org:443"],
      pool: { ...everything.pool, maxNodes: 2, autoSuspendSeconds: 600 },
      warehouse: { ...everything.warehouse, enabled: false },
    };
    const images = imagesFor(changed, "1.1.0-bbbbbbbbbbbb");
    const begun = new Rehearsal();
    expectDone(await begun.up(everything));
    const whole = begun.copy();
    expectDone(await whole.up(changed, { images }));
    const count = whole.statements.length;
    expect(count).toBeGreaterThan(12);
    for (let sent = 1; sent < count; sent++) {
      const rehearsal = begun.copy();
      await rehearsal.up(changed, { images, crashAfter: sent });
      expectDone(await rehearsal.up(changed, { images }));
      expect(rehearsal.state(), `after ${sent}`).toEqual(whole.state());
    }
  });

  test.each([true, false])(
    "applyPlan() cut off on the way down after any statement is finished by the next down (deleteData: %s)",
    async (deleteData) => {
      const fresh = new Rehearsal();
      const before = fresh.state();
      expectDone(await fresh.up(everything));
      const whole = fresh.copy();
      expectDone(await whole.down(everything, { deleteData }));
      for (let sent = 1; sent < whole.statements.length; sent++) {
        const rehearsal = fresh.copy();
        await rehearsal.down(everything, { deleteData, crashAfter: sent });
        expectDone(await rehearsal.down(everything, { deleteData }));
        expectDone(await rehearsal.down(everything, { deleteData: true }));
        expect(rehearsal.state(), `after ${sent}`).toEqual(before);
      }
    },
  );
});
