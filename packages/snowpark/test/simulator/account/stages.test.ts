import { describe, expect, it } from "vitest";
import { SnowparkError } from "../../../src/base/snowpark-error.ts";
import { accountSession } from "../../../src/simulator/account-session.ts";
import { TestAccount } from "./test-account.ts";

const names = { organization: "MYORG", account: "MY_ACCOUNT" };

async function prepared(): Promise<TestAccount> {
  const test = new TestAccount();
  await test.runAll(["USE ROLE SYSADMIN", "CREATE DATABASE DB", "CREATE STAGE FILES"]);
  return test;
}

describe("SimulatedAccount's stages", () => {
  it("PUT says where a client is to upload to; LIST and REMOVE see what is there", async () => {
    const test = await prepared();
    const put = await test.session.execute(
      "PUT 'file:///home/user/my notes/*.ipynb' @db.public.files/work OVERWRITE = TRUE AUTO_COMPRESS = FALSE",
    );
    expect(put).toMatchObject({
      kind: "upload",
      localPath: "/home/user/my notes/*.ipynb",
      stage: "DB.PUBLIC.FILES",
      folder: "work/",
      overwrite: true,
      autoCompress: false,
    });
    if (put.kind !== "upload") return;
    for (const path of ["work/b.ipynb", "work/a.ipynb", "other"]) {
      await test.files.write(put.stageId, path, new TextEncoder().encode(path));
    }
    expect(await test.session.execute("LIST @FILES/other")).toMatchObject({
      columns: [
        { name: "name", type: "text" },
        { name: "size", type: "fixed" },
        { name: "md5", type: "text" },
        { name: "last_modified", type: "text" },
      ],
      rows: [["files/other", "5", expect.any(String), expect.any(String)]],
    });
    const paths = async (at: string) => (await test.run(`LIST ${at}`)).map(({ name }) => name);
    expect(await paths("@FILES/work/")).toEqual(["files/work/a.ipynb", "files/work/b.ipynb"]);
    expect(await test.run("REMOVE @FILES/work/a.ipynb")).toEqual([
      { name: "files/work/a.ipynb", result: "removed" },
    ]);
    expect(await paths("@FILES")).toEqual(["files/other", "files/work/b.ipynb"]);
    await test.run("DROP DATABASE DB");
    expect(test.files.stages.size).toBe(0);
  });

  it.each([
    ["PUT /tmp/x @FILES", "001003"],
    ["PUT file:///x @~", "001003"],
    ["PUT file:///x @NONE", "Stage 'DB.PUBLIC.NONE'"],
    ["PUT file:///x @FILES PARALLEL = 100", "invalid value '100' for property 'PARALLEL'"],
    ["LIST @FILES PATTERN = 'x'", "000002"],
  ])("%s is refused", async (statement, text) => {
    const test = await prepared();
    expect(await test.failure(statement)).toContain(text);
  });
});

describe("accountSession()", () => {
  it("accountSession() runs statements with a role each, and turns refusals into errors without secrets", async () => {
    const { account } = await prepared();
    const session = accountSession({ account, names });
    expect(session).toMatchObject({ account: "myorg-my-account", user: "ADMIN" });
    const result = await session.execute("SELECT CURRENT_ROLE() AS R, 1", { role: "SYSADMIN" });
    expect(result).toMatchObject({ columns: ["R", "1"], rows: [{ r: "SYSADMIN", "1": "1" }] });
    expect((await session.execute("SELECT CURRENT_ROLE()")).rows).toEqual([
      { "current_role()": "ACCOUNTADMIN" },
    ]);
    const failure = session.execute("ALTER SECRET DB.PUBLIC.S SET SECRET_STRING = 'hush'", {
      role: "SYSADMIN",
      secrets: ["hush"],
    });
    await expect(failure).rejects.toMatchObject({
      code: "statement-failed",
      details: {
        role: "SYSADMIN",
        snowflakeCode: "002003",
        statement: "ALTER SECRET DB.PUBLIC.S SET SECRET_STRING = ***",
      },
    });
    await expect(session.execute("DROP DATABASE DB", { role: "PUBLIC" })).rejects.toBeInstanceOf(
      SnowparkError,
    );
    const signal = AbortSignal.abort();
    await expect(session.execute("SELECT 1", { signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(() => accountSession({ account, names, user: "NOBODY" })).toThrow(SnowparkError);
  });

  it("accountSession() uploads with put() where it is told how to", async () => {
    const { account } = await prepared();
    const uploads: string[] = [];
    const session = accountSession({
      account,
      names,
      upload: async ({ localPath, stage, folder }) => {
        uploads.push(`${localPath} to ${stage}/${folder}`);
      },
    });
    const options = { role: "SYSADMIN" };
    await session.put("/tmp/it's.yaml", "@DB.PUBLIC.FILES/a", options);
    await session.put("/tmp/a\\b", "@DB.PUBLIC.FILES/it's a folder; DROP", options);
    expect(uploads).toEqual([
      "/tmp/it's.yaml to DB.PUBLIC.FILES/a/",
      "/tmp/a\\b to DB.PUBLIC.FILES/it's a folder; DROP/",
    ]);
    const without = accountSession({ account, names });
    await expect(without.put("/x", "@DB.PUBLIC.FILES", options)).rejects.toMatchObject({
      code: "unsupported",
    });
  });
});
