import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Store } from "../../src/store/store.ts";
import { temporaryHome } from "../temporary-home.ts";

const manyRows = "SELECT range, repeat('x', 100) FROM range(3000000)";

describe("Store", () => {
  const home = temporaryHome();
  const path = () => join(home.path, "a.duckdb");

  async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
    const store = await Store.open(path());
    try {
      await work(store);
    } finally {
      await store.close();
    }
  }

  it.each([
    [null, null],
    [true, true],
    [1, 1],
    [-2147483648, -2147483648],
    [2147483648, 2147483648n],
    [2 ** 53 - 1, 9007199254740991n],
    [1e300, 1e300],
    [5e-324, 5e-324],
    [-0, -0],
    [0.1, 0.1],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
    [2n ** 100n, 2n ** 100n],
    ["a'b\"c\\d\u0000é🪁", "a'b\"c\\d\u0000é🪁"],
    [new Date("1969-07-20T20:17:40.123Z"), new Date("1969-07-20T20:17:40.123Z")],
    [[], []],
    [
      ["a", null],
      ["a", null],
    ],
    [
      [1, 2.5, -0],
      [1, 2.5, -0],
    ],
    [
      [1, 2 ** 40],
      [1, 2 ** 40],
    ],
    [
      [1n, 2n],
      [1n, 2n],
    ],
  ])("Store.query() binds values (%#)", async (value, expected) => {
    await withStore(async (store) => {
      expect(await store.query("SELECT $1 AS value", [value])).toEqual([{ value: expected }]);
    });
  });

  it.each([[Number.NaN], [[1, "a"]], [{ a: 1 }], [new Uint8Array(1)]])(
    "Store.query() refuses to bind what is no value (%#)",
    async (value) => {
      await withStore(async (store) => {
        await expect(store.query("SELECT $1", [value])).rejects.toMatchObject({
          code: "invalid-argument",
        });
      });
    },
  );

  it("Store.transaction() undoes all when its work fails, and goes on after it", async () => {
    await withStore(async (store) => {
      await store.query("CREATE TABLE t (a INTEGER)");
      const failed = store.transaction(async (transaction) => {
        await transaction.query("INSERT INTO t VALUES (1)");
        await transaction.append("t", [[2, 3]], 2);
        throw new Error("no");
      });
      await expect(failed).rejects.toThrow("no");
      await store.transaction((transaction) => transaction.query("INSERT INTO t VALUES (4)"));
      expect(await store.query("SELECT a FROM t")).toEqual([{ a: 4 }]);
    });
  });

  it("Store.transaction() runs one after the other", async () => {
    await withStore(async (store) => {
      await store.query("CREATE TABLE t (a INTEGER)");
      await store.query("INSERT INTO t VALUES (0)");
      const increments = Array.from({ length: 10 }, () =>
        store.transaction((transaction) => transaction.query("UPDATE t SET a = a + 1")),
      );
      await Promise.all(increments);
      expect(await store.query("SELECT a FROM t")).toEqual([{ a: 10 }]);
    });
  });

  it("Store.stream() reads what was there when it began, and can be left early", async () => {
    await withStore(async (store) => {
      await store.query("CREATE TABLE t AS SELECT range AS a FROM range(10000)");
      let count = 0;
      for await (const rows of store.stream("SELECT a FROM t")) {
        if (count === 0) await store.transaction((t) => t.query("DELETE FROM t"));
        count += rows.length;
      }
      expect(count).toBe(10_000);
      await store.query("INSERT INTO t SELECT range FROM range(10000)");
      for await (const rows of store.stream("SELECT a FROM t")) {
        expect(rows.length).toBeGreaterThan(0);
        break;
      }
      expect(await store.query("SELECT count(*) AS n FROM t")).toEqual([{ n: 10_000n }]);
    });
  });

  it("Store reads no files and loads no extensions, whatever the SQL", async () => {
    await withStore(async (store) => {
      await expect(store.query("SELECT * FROM read_text('/etc/hosts')")).rejects.toThrow(
        /disabled/,
      );
      await expect(store.query("INSTALL httpfs")).rejects.toThrow();
    });
  });

  it("Store.close() is idempotent, and every call after it says so", async () => {
    const store = await Store.open(path());
    await store.close();
    await store.close();
    await expect(store.query("SELECT 1")).rejects.toMatchObject({ code: "dataset-closed" });
    await expect(store.transaction(async () => 1)).rejects.toMatchObject({
      code: "dataset-closed",
    });
  });

  it.each<[string, (store: Store) => Promise<unknown>]>([
    ["a stream that nobody reads on", (store) => store.stream(manyRows).next()],
    [
      "a stream that was left",
      async (store) => {
        for await (const _ of store.stream(manyRows)) break;
      },
    ],
    [
      "a stream that was just asked",
      async (store) => {
        // Whether it is faster than the close is not told.
        store
          .stream(manyRows)
          .next()
          .catch(() => undefined);
        await store.query("SELECT 1");
      },
    ],
    [
      "a query under way",
      async (store) => {
        store
          .query("SELECT count(*) FROM range(1000000) a, range(1000000) b")
          .catch((error: unknown) => expect(error).toMatchObject({ code: "dataset-closed" }));
        await store.query("SELECT 1");
      },
    ],
  ])("Store.close() gives the file free despite %s", async (_what, use) => {
    const store = await Store.open(path());
    await use(store);
    await store.close();
    const script = `
      const { DuckDBInstance } = await import("@duckdb/node-api");
      await DuckDBInstance.create(${JSON.stringify(path())});`;
    const other = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });
    expect(other).toMatchObject({ status: 0, stderr: "" });
  });

  it("Store.open() names the process that has the file", async () => {
    await (await Store.open(path())).close();
    const script = `
      const { DuckDBInstance } = await import("@duckdb/node-api");
      const instance = await DuckDBInstance.create(${JSON.stringify(path())});
      await instance.connect();
      console.log("open");
      setInterval(() => instance, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
      cwd: import.meta.dirname,
    });
    try {
      await once(child.stdout, "data");
      const { pid } = child;
      await expect(Store.open(path())).rejects.toMatchObject({
        code: "dataset-locked",
        details: { pid },
        message: expect.stringContaining(`process ${pid}`),
      });
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await (await Store.open(path())).close();
  });

  it("Store.open() tells a damaged file, and leaves it as it is", async () => {
    const garbage = Buffer.from("this is no database at all".repeat(1000));
    await writeFile(path(), garbage);
    await expect(Store.open(path())).rejects.toMatchObject({ code: "dataset-damaged" });
    expect(await readFile(path())).toEqual(garbage);
  });

  it("Store.open() tells a file whose blocks are damaged", async () => {
    await withStore(async (store) => {
      await store.query("CREATE TABLE t AS SELECT range AS a FROM range(1000)");
    });
    const bytes = await readFile(path());
    bytes.fill(7, 100, 5000);
    await writeFile(path(), bytes);
    await expect(Store.open(path())).rejects.toMatchObject({ code: "dataset-damaged" });
    expect(await readFile(path())).toEqual(bytes);
  });

  it("Store.open() tells a folder that is not there", async () => {
    const missing = join(home.path, "none", "a.duckdb");
    await expect(Store.open(missing)).rejects.toMatchObject({ code: "dataset-not-found" });
  });
});
