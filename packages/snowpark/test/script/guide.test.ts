import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { runScript } from "../../src/script/run-script.ts";
import { connect, type SessionClient } from "../../src/session/connect.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { simulatorConnection } from "../../src/simulator/simulator-connection.ts";
import { testDependencies } from "../session/session-dependencies.ts";

/** The guide uploads files, which the SQL API can't: without snowflake-sdk these tests are skipped. */
function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve("snowflake-sdk");
    return true;
  } catch {
    return false;
  }
}

const repository = "/milvus_demo/public/milvus_repo";

/** What the guide's repository has under these names, with the registry's host left out. */
const specifications = {
  "milvus.yaml": `spec:
  containers:
  - name: milvus
    image: ${repository}/milvus
    env: { ETCD_USE_EMBED: true, COMMON_STORAGETYPE: local }
    command: [/milvus/bin/milvus, run, standalone]
  endpoints:
  - { name: milvus, port: 19530, public: true }
  - { name: health, port: 9091, public: true }
  - { name: etcd, port: 2379, public: true }
`,
  "jupyter.yaml": `spec:
  containers:
  - name: jupyter
    image: ${repository}/jupyter
    env: { SNOW_ROLE: MILVUS_ROLE, SNOW_USER: MILVUS_USER, SNOW_PASSWORD: milvususerok }
    volumeMounts: [{ name: stage, mountPath: /workspace/files }]
  endpoints:
  - { name: jupyter, port: 8888, public: true }
  volumes:
  - { name: stage, source: "@files", uid: 1000, gid: 1000 }
`,
};

/** Runs the guide's steps and then its clean-up. Failures are `<line> <number>`, with the first words of statements. */
async function runGuide(
  behaviour: "2024" | "2026",
  client?: SessionClient,
): Promise<Record<string, string[]>> {
  const folder = await mkdtemp(join(tmpdir(), "redkite-guide-"));
  const simulator = await startSimulator({
    folder: join(folder, "simulator"),
    behaviour,
    machine: { now: Date.now, path: "" },
  });
  const session = await connect(
    simulatorConnection(simulator),
    testDependencies({ env: process.env }),
    client,
  );
  onTestFinished(async () => {
    await session.close();
    await simulator.stop();
    await rm(folder, { recursive: true });
  });
  for (const [name, text] of Object.entries(specifications)) {
    await writeFile(join(folder, name), text);
  }
  const outcome = await runScript("!source guide.sql\n!source guide-clean-up.sql", session, {
    readSource: async (name) => {
      const script = await readFile(new URL(`fixtures/${name}`, import.meta.url), "utf8");
      const paths = /\$\{path\/to\/(\w+\.yaml)\}/g;
      return script.replaceAll(paths, (_match, file: string) => join(folder, file));
    },
    now: Date.now,
    continueOnError: true,
  });
  const failures: Record<string, string[]> = { "guide.sql": [], "guide-clean-up.sql": [] };
  for (const { place, error } of outcome.failures) {
    const words = error.details.statement?.split(/\s+/).slice(0, 4).join(" ");
    failures[place.file]?.push(`${error.details.step} ${words}: ${error.message}`);
  }
  return failures;
}

/** A service is gone some time after its DROP, and its pool can't be dropped before: the guide does not wait. */
const untimely = expect.stringMatching(
  /DROP COMPUTE POOL .*: .*cannot be dropped because it has services/s,
);

describe.skipIf(!isInstalled())("the guide's script, as written (needs snowflake-sdk)", () => {
  test.each(["sql-api", "sdk"] as const)("runs in an account of 2024 over %s", async (client) => {
    const failures = await runGuide("2024", client);
    expect(failures["guide.sql"]).toEqual([]);
    for (const failure of failures["guide-clean-up.sql"] ?? []) expect(failure).toEqual(untimely);
  });

  test("fails in an account of 2026 at the notebook's mount, and at what needs the notebook", async () => {
    const failures = await runGuide("2026");
    expect(failures["guide.sql"]).toEqual([
      expect.stringMatching(
        /^guide\.sql:88 CREATE SERVICE JUPYTER .*stage mount v1 not supported/s,
      ),
      expect.stringMatching(/^guide\.sql:98 GRANT USAGE ON SERVICE: .*JUPYTER' does not exist/s),
      expect.stringMatching(
        /^guide\.sql:101 SHOW ENDPOINTS IN SERVICE: .*JUPYTER' does not exist/s,
      ),
    ]);
    const [service, ...pools] = failures["guide-clean-up.sql"] ?? [];
    expect(service).toMatch(/DROP SERVICE JUPYTER: .*JUPYTER' does not exist/s);
    for (const failure of pools) expect(failure).toEqual(untimely);
  });
});
