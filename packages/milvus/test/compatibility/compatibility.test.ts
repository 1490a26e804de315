import { expect, it } from "vitest";
import { compatibilityPage } from "./compatibility-page.ts";

it("docs/compatibility.md tells what was tried, and what came of it", async () => {
  const page = await compatibilityPage();
  const file = new URL("../../../../docs/compatibility.md", import.meta.url);
  await expect(page).toMatchFileSnapshot(file.pathname);
});
