import { expect, test } from "vitest";
import { SnowparkError } from "../../src/base/snowpark-error.ts";
import { defaultConfig } from "../../src/config/snowpark-config.ts";
import { foreignContent } from "../../src/resources/foreign-content.ts";
import type { ResourceContext } from "../../src/resources/resource.ts";
import type { SnowSession, SqlRow } from "../../src/session/snow-session.ts";
import { imagesFor } from "../plan/configurations.ts";
import { Rehearsal } from "../plan/rehearsal.ts";

const config = defaultConfig();
const deployment = { config, images: imagesFor(config) };

/** A session with an account that holds more than a simulated one can, or knows fewer kinds of objects. */
function sessionWith(rowsOf: (statement: string) => SqlRow[]): SnowSession {
  const { session } = new Rehearsal();
  return {
    account: session.account,
    user: session.user,
    execute: async (statement) => ({ queryId: "", columns: [], rows: rowsOf(statement) }),
    put: (file, folder) => session.put(file, folder),
    registryLogin: () => session.registryLogin(),
    ingressToken: (host) => session.ingressToken(host),
    close: () => session.close(),
  };
}

function contextWith(session: SnowSession): ResourceContext {
  return { session, schemaReader: async () => "MILVUS_OWNER", newSecret: () => "x" };
}

test.each([
  "NOTEBOOKS",
  "STREAMLITS",
  "PROCEDURES",
  "TASKS",
  "STREAMS",
  "PIPES",
  "SEQUENCES",
  "FILE FORMATS",
  "GIT REPOSITORIES",
  "MODELS",
  "ALERTS",
])("foreignContent() finds the %s of others, which SHOW OBJECTS leaves out", async (kind) => {
  const session = sessionWith((statement) =>
    statement === `SHOW ${kind} IN DATABASE MILVUS_DB`
      ? [
          { name: "THEIRS", schema_name: "PUBLIC", comment: null },
          { name: "ABS", schema_name: "", is_builtin: "Y" },
        ]
      : [],
  );
  const found = await foreignContent(deployment, contextWith(session), "DATABASE MILVUS_DB");
  expect(found).toEqual([expect.stringMatching(/^[a-z ]+[a-z] PUBLIC\.THEIRS$/)]);
});

test("foreignContent() takes a kind that the account does not know for one that it has none of", async () => {
  const session = sessionWith((statement) => {
    if (!statement.includes("NOTEBOOKS")) return [];
    throw new SnowparkError("statement-failed", "syntax error", { snowflakeCode: "001003" });
  });
  expect(await foreignContent(deployment, contextWith(session), "SCHEMA MILVUS_DB.S")).toEqual([]);
  const failing = sessionWith(() => {
    throw new SnowparkError("network", "Cannot reach the host");
  });
  await expect(
    foreignContent(deployment, contextWith(failing), "SCHEMA MILVUS_DB.S"),
  ).rejects.toThrow("Cannot reach the host");
});

test("foreignContent() asks a simulated account for nothing that it does not know", async () => {
  const { session } = new Rehearsal();
  const unknown: string[] = [];
  const asking = sessionWith(() => []);
  const execute: SnowSession["execute"] = async (statement, options) => {
    try {
      return await session.execute(statement, options);
    } catch (error) {
      if (error instanceof SnowparkError && error.details.snowflakeCode === "001003") {
        unknown.push(statement);
      }
      throw error;
    }
  };
  const context = contextWith({ ...asking, execute });
  await session.execute("CREATE DATABASE MILVUS_DB", { role: "SYSADMIN" });
  expect(await foreignContent(deployment, context, "DATABASE MILVUS_DB")).toEqual([]);
  expect(unknown).toEqual([]);
});
