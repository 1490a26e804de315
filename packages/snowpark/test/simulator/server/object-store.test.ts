import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalStageFiles } from "../../../src/simulator/stages/local-stage-files.ts";
import { ObjectStore } from "../../../src/simulator/stages/object-store.ts";
import { type ServedRoutes, serveRoutes } from "./serve-routes.ts";

let folder: string;
let files: LocalStageFiles;
let store: ObjectStore;
let served: ServedRoutes;
let now: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "redkite-stages-"));
  now = Date.UTC(2026, 5, 1);
  files = new LocalStageFiles(join(folder, "stages"));
  store = new ObjectStore(files, () => now);
  served = await serveRoutes(store.routes);
});

afterEach(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

/** Asks for a path of stage 7, as written: percent-encoded. */
async function ask(method: "GET" | "PUT", path: string, token: string): Promise<Response> {
  return await fetch(`${served.origin}/simulated-stages/7/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(method === "PUT" ? { body: "content" } : {}),
  });
}

async function listed(): Promise<string[]> {
  return (await files.list("7")).map(({ path }) => path);
}

describe("ObjectStore", () => {
  it("ObjectStore takes files for a stage with the stage's own token, for an hour", async () => {
    const token = store.grant("7");
    expect((await ask("PUT", "a/b%20c.txt", token)).status).toBe(200);
    expect(await (await ask("GET", "a/b%20c.txt", token)).text()).toBe("content");
    expect(await listed()).toEqual(["a/b c.txt"]);
    expect((await ask("GET", "a/b%20c.txt", store.grant("8"))).status).toBe(403);
    expect((await ask("PUT", "x", "no-token")).status).toBe(401);
    now += 3_600_000;
    expect((await ask("GET", "a/b%20c.txt", token)).status).toBe(401);
  });

  it.each(["..%2f..", "a%2f..%2f..%2fb", "%00", "a%00b", "x".repeat(256), ".unfinished-1", "%2f"])(
    "ObjectStore refuses %s, which no file of a stage can be called",
    async (path) => {
      const token = store.grant("7");
      await ask("PUT", "kept", token);
      expect((await ask("PUT", path, token)).status).toBe(400);
      expect((await ask("GET", path, token)).status).toBe(404);
      expect(await files.read("7", decodeURIComponent(path))).toBeUndefined();
      expect(await listed()).toEqual(["kept"]);
    },
  );

  it("ObjectStore says what cannot be a file and a folder at once", async () => {
    const token = store.grant("7");
    await ask("PUT", "a/b", token);
    expect((await ask("PUT", "a", token)).status).toBe(409);
    expect((await ask("PUT", "a/b/c", token)).status).toBe(409);
    expect(await listed()).toEqual(["a/b"]);
  });
});

describe("LocalStageFiles", () => {
  it("LocalStageFiles follows no link out of a stage, or in a circle, that a container made", async () => {
    const outside = join(folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "secret"), "s");
    await files.write("7", "own", Buffer.from("o"));
    const stage = files.folderOf("7");
    symlinkSync(outside, join(stage, "folder"));
    symlinkSync(join(outside, "secret"), join(stage, "file"));
    symlinkSync(".", join(stage, "circle"));
    expect(await listed()).toEqual(["own"]);
    expect(await files.read("7", "file")).toBeUndefined();
    expect(await files.read("7", "folder/secret")).toBeUndefined();
  });
});
