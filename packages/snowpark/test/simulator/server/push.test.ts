import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseReference } from "../../../src/oci/image-reference.ts";
import { copyImage, pushImage } from "../../../src/oci/push-image.ts";
import { registryImage } from "../../../src/oci/registry-image.ts";
import { sampleImage } from "../../oci/sample-image.ts";
import { RunningSimulator } from "./running.ts";

let running: RunningSimulator;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "redkite-push-"));
  running = await RunningSimulator.start();
  await running.run([
    "CREATE DATABASE DB",
    "CREATE IMAGE REPOSITORY DB.PUBLIC.REPO",
    "CREATE IMAGE REPOSITORY DB.PUBLIC.OTHER",
  ]);
});

afterEach(async () => {
  await running.stop();
  rmSync(folder, { recursive: true });
});

/** The administrator's access token signs in with the default role, which may write. */
function access(password = "simulated-admin-token") {
  const login = async () => ({ username: "ADMIN", password });
  return { fetch, login, sleep: async () => undefined };
}

function repository(name = "repo"): string {
  return `127.0.0.1:${running.simulator.port}/db/public/${name}/image`;
}

describe("pushImage() to the simulator", () => {
  it("pushImage() sends an image that SHOW IMAGES has then, and that reads back the same", async () => {
    const image = await sampleImage(folder, 3_000_000);
    const pushed = await pushImage(image, repository(), "v1", access());
    expect(pushed.digest).toBe(image.digest);
    const rows = await running.run(["SHOW IMAGES IN IMAGE REPOSITORY DB.PUBLIC.REPO"]);
    expect(rows[0]).toContain(image.digest);
    const again = await pushImage(image, repository(), "v2", access());
    expect(again.uploadedBytes).toBe(0);
    const read = await registryImage(parseReference(`${repository()}:v2`), access());
    expect(read.digest).toBe(image.digest);
    const source = { reference: `${repository()}:v1`, access: access() };
    const copied = await copyImage(source, repository("other"), "v1", access());
    // The registry has the blobs already: they are mounted from the other repository.
    expect(copied).toMatchObject({ digest: image.digest, uploadedBytes: 0 });
  });

  it.each([1, 3, 5, 7, 9])("pushImage() gets over a 401 at request %d", async (registryRefusal) => {
    const image = await sampleImage(folder, 1_000_000, registryRefusal);
    await running.post("/simulator/faults", { registryRefusal });
    expect((await pushImage(image, repository(), "v1", access())).digest).toBe(image.digest);
  });

  it("pushImage() is refused with a wrong password and where the role may not write", async () => {
    const image = await sampleImage(folder);
    await expect(pushImage(image, repository(), "v1", access("guess"))).rejects.toMatchObject({
      code: "sign-in-failed",
    });
    await running.run(["CREATE ROLE LOOKER", "GRANT ROLE LOOKER TO USER ADMIN"], "USERADMIN");
    await running.run([
      "GRANT USAGE ON DATABASE DB TO ROLE LOOKER",
      "GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE LOOKER",
      "GRANT READ ON IMAGE REPOSITORY DB.PUBLIC.REPO TO ROLE LOOKER",
    ]);
    const [[, token = ""] = []] = await running.run(
      ["ALTER USER ADMIN ADD PROGRAMMATIC ACCESS TOKEN T ROLE_RESTRICTION = 'LOOKER'"],
      "ACCOUNTADMIN",
    );
    await expect(pushImage(image, repository(), "v1", access(token ?? ""))).rejects.toMatchObject({
      code: "insufficient-privileges",
    });
  });
});
