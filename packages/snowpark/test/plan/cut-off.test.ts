import { beforeAll, describe, expect, test } from "vitest";
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
  /** Where the runs are cut off: stripes, so that none takes long. */
  const stripes = 4;
  const whole = new Rehearsal();
  const before = whole.state();

  beforeAll(async () => {
    expectDone(await whole.up(everything));
  });

  test.each(Array.from({ length: stripes }, (_, first) => first + 1))(
    "applyPlan() cut off on the way up after any statement is finished by the next up, or taken down instead (from %d)",
    async (first) => {
      const count = whole.statements.length;
      const after = whole.state();
      expect(count).toBeGreaterThan(30);
      for (let sent = first; sent <= count; sent += stripes) {
        const finished = new Rehearsal();
        const cut = await finished.up(everything, { crashAfter: sent });
        expect(failureOf(cut)?.code, `after ${sent}`).toBe("network");
        const ended = finished.copy();
        expectDone(await finished.up(everything));
        expect(finished.state(), `after ${sent}`).toEqual(after);
        expectDone(await ended.down(everything, { deleteData: true }));
        expect(ended.state(), `after ${sent}`).toEqual(before);
      }
    },
  );

  test("applyPlan() cut off in the middle of a change is finished by the next up", async () => {
    const changed: SnowparkConfig = {
      ...everything,
      users: ["ADMIN"],
      egress: ["pypi.org:443", "files.pythonhosted.org:443"],
      pool: { ...everything.pool, maxNodes: 2, autoSuspendSeconds: 600 },
      warehouse: { ...everything.warehouse, enabled: false },
    };
    const images = imagesFor(changed, "1.1.0-bbbbbbbbbbbb");
    const straight = whole.copy();
    expectDone(await straight.up(changed, { images }));
    const after = straight.state();
    const count = straight.statements.length;
    expect(count).toBeGreaterThan(12);
    for (let sent = 1; sent < count; sent++) {
      const rehearsal = whole.copy();
      await rehearsal.up(changed, { images, crashAfter: sent });
      expectDone(await rehearsal.up(changed, { images }));
      expect(rehearsal.state(), `after ${sent}`).toEqual(after);
    }
  });

  test.each([true, false])(
    "applyPlan() cut off on the way down after any statement is finished by the next down (deleteData: %s)",
    async (deleteData) => {
      const straight = whole.copy();
      expectDone(await straight.down(everything, { deleteData }));
      for (let sent = 1; sent < straight.statements.length; sent++) {
        const rehearsal = whole.copy();
        await rehearsal.down(everything, { deleteData, crashAfter: sent });
        expectDone(await rehearsal.down(everything, { deleteData }));
        expectDone(await rehearsal.down(everything, { deleteData: true }));
        expect(rehearsal.state(), `after ${sent}`).toEqual(before);
      }
    },
  );
});
