import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveSettings } from "../../src/similarity/resolve-settings.ts";
import { temporaryHome } from "../temporary-home.ts";

const home = temporaryHome();

async function writeConfig(folder: string, config: unknown): Promise<string> {
  await mkdir(join(home.path, folder), { recursive: true });
  const path = join(home.path, folder, "brain_config.json");
  await writeFile(path, typeof config === "string" ? config : JSON.stringify(config));
  return path;
}

describe("resolveSettings()", () => {
  it("takes arguments before variables, ours before FiftyOne's, and those before the file", async () => {
    await writeConfig(".fiftyone", {
      default_similarity_backend: "milvus",
      similarity_backends: {
        milvus: { uri: "file", user: "file", token: "file", metric: "euclidean", db_name: "file" },
      },
    });
    const environment = {
      FIFTYONE_BRAIN_SIMILARITY_MILVUS_URI: "theirs",
      FIFTYONE_BRAIN_SIMILARITY_MILVUS_USER: "theirs",
      FIFTYONE_BRAIN_SIMILARITY_MILVUS_TOKEN: "theirs",
      REDKITE_BRAIN_SIMILARITY_MILVUS_USER: "ours",
      REDKITE_BRAIN_SIMILARITY_MILVUS_TOKEN: "ours",
    };
    const settings = await resolveSettings({ token: "argument" }, environment, home.path);
    expect(settings).toMatchObject({
      backend: "milvus",
      metric: "euclidean",
      credentials: { uri: "theirs", user: "ours", token: "argument", dbName: "file" },
    });
  });

  it("leaves texts as they are: digits, commas, words and spaces of a password", async () => {
    for (const password of ["12345", "p,w", "1_000", "nan", "None", "007", "true"]) {
      const environment = {
        FIFTYONE_BRAIN_DEFAULT_SIMILARITY_BACKEND: "milvus",
        FIFTYONE_BRAIN_SIMILARITY_MILVUS_PASSWORD: password,
        FIFTYONE_BRAIN_SIMILARITY_MILVUS_SECURE: "true",
      };
      const { credentials } = await resolveSettings({}, environment, home.path);
      expect(credentials).toEqual({ password, secure: true });
    }
  });

  it("is embedded by default, and on Milvus when there is a URI", async () => {
    expect((await resolveSettings({}, {}, home.path)).backend).toBe("embedded");
    expect((await resolveSettings({ uri: "http://a" }, {}, home.path)).backend).toBe("milvus");
  });

  it("refuses what it does not know, rather than to guess", async () => {
    const sklearn = { FIFTYONE_BRAIN_DEFAULT_SIMILARITY_BACKEND: "sklearn" };
    await expect(resolveSettings({}, sklearn, home.path)).rejects.toThrow(
      "Unsupported backend 'sklearn'. The available backends are embedded, milvus",
    );
    await expect(resolveSettings({ metric: "manhattan" }, {}, home.path)).rejects.toThrow(
      "Unsupported metric 'manhattan'. Supported values are cosine, dotproduct, euclidean",
    );
    const level = resolveSettings({ consistencyLevel: "Always" }, {}, home.path);
    await expect(level).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("says what is wrong with the file, and with a file that is named and not there", async () => {
    const path = await writeConfig("own", "{ metric: ");
    const environment = { FIFTYONE_BRAIN_CONFIG_PATH: path };
    await expect(resolveSettings({}, environment, home.path)).rejects.toThrow(path);
    await writeConfig("own", { similarity_backends: { milvus: { pasword: "x" } } });
    await expect(resolveSettings({}, environment, home.path)).rejects.toThrow(
      /milvus has no setting "pasword"/,
    );
    const missing = { REDKITE_BRAIN_CONFIG_PATH: join(home.path, "none.json") };
    await expect(resolveSettings({}, missing, home.path)).rejects.toMatchObject({
      code: "file-not-found",
    });
  });

  it("never puts a secret in a message", async () => {
    const options = { backend: "milvus", password: 12345 as unknown as string };
    const refused = resolveSettings(options, {}, home.path);
    await expect(refused).rejects.toThrow("Cannot use another value as password: expected a text");
  });
});
