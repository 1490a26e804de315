import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EngineError } from "../../src/base/errors.ts";
import type { FileSystem } from "../../src/storage/file-system.ts";

export interface FileSystemUnderTest {
  readonly fs: FileSystem;
  /** An empty folder. */
  readonly root: string;
  readonly dispose?: () => Promise<void>;
}

/** What each implementation of `FileSystem` must do. */
export function describeFileSystem(name: string, open: () => Promise<FileSystemUnderTest>): void {
  describe(name, () => {
    let test: FileSystemUnderTest;
    let fs: FileSystem;
    let root: string;
    beforeEach(async () => {
      test = await open();
      ({ fs, root } = test);
    });
    afterEach(() => test.dispose?.());

    const write = async (path: string, bytes: readonly number[]): Promise<void> => {
      const file = await fs.create(path);
      await file.append([Uint8Array.from(bytes)]);
      await file.close();
    };

    describe("create()", () => {
      it("makes a file that grows by append() and counts its size", async () => {
        const file = await fs.create(`${root}/a`);
        expect(file.size).toBe(0);
        await file.append([Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]);
        await file.append([]);
        await file.append([Uint8Array.of(4)]);
        expect(file.size).toBe(4);
        await file.sync();
        await file.close();
        await fs.syncDirectory(root);
        expect(await fs.readFile(`${root}/a`)).toEqual(Uint8Array.of(1, 2, 3, 4));
      });

      it("refuses a name that is taken, and a folder that is not there", async () => {
        await write(`${root}/a`, [1]);
        await fs.makeDirectory(`${root}/folder`);
        await expectIo(fs.create(`${root}/a`), `${root}/a`, "EEXIST");
        await expectIo(fs.create(`${root}/folder`), `${root}/folder`, "EEXIST");
        await expectIo(fs.create(`${root}/no/a`), `${root}/no/a`, "ENOENT");
        await expectIo(fs.create(`${root}/a/b`), `${root}/a/b`, "ENOTDIR");
      });

      it("appends views, on shared memory too, of which others see no byte", async () => {
        const memory = new Uint8Array(new SharedArrayBuffer(8)).fill(9);
        const file = await fs.create(`${root}/a`);
        await file.append([memory.subarray(2, 4).fill(1), Uint8Array.of(0, 2, 0).subarray(1, 2)]);
        await file.close();
        expect(await fs.readFile(`${root}/a`)).toEqual(Uint8Array.of(1, 1, 2));
      });

      it("takes more parts at once than the system does", async () => {
        const parts = Array.from({ length: 3000 }, (_, i) => Uint8Array.of(i & 255, i >>> 8));
        const file = await fs.create(`${root}/a`);
        await file.append(parts);
        await file.close();
        expect(await fs.readFile(`${root}/a`)).toEqual(
          Uint8Array.from(parts.flatMap((p) => [...p])),
        );
      });
    });

    describe("openShared()", () => {
      it("opens what openRead() does, where files have a number", async () => {
        await write(`${root}/a`, [1, 2, 3]);
        const file = await fs.openShared(`${root}/a`);
        if (file === undefined) return;
        const target = new Uint8Array(2);
        await file.readInto(target, 1);
        expect(target).toEqual(Uint8Array.of(2, 3));
        expect(file.size).toBe(3);
        expect(file.descriptor).toBeGreaterThan(2);
        await file.close();
      });

      it("refuses folders and files that are not there", async () => {
        await expectIo(fs.openShared(root), root, "EISDIR");
        await expectIo(fs.openShared(`${root}/a`), `${root}/a`, "ENOENT");
      });
    });

    describe("openAppend()", () => {
      it("goes on at the length given and cuts off what lies behind", async () => {
        await write(`${root}/a`, [1, 2, 3, 4]);
        const file = await fs.openAppend(`${root}/a`, 2);
        expect(file.size).toBe(2);
        expect(await fs.sizeOf(`${root}/a`)).toBe(2);
        await file.append([Uint8Array.of(9)]);
        await file.close();
        expect(await fs.readFile(`${root}/a`)).toEqual(Uint8Array.of(1, 2, 9));
      });

      it("refuses a file that is shorter or not there", async () => {
        await write(`${root}/a`, [1, 2]);
        await expectIo(fs.openAppend(`${root}/a`, 3), `${root}/a`, "EINVAL");
        expect(await fs.sizeOf(`${root}/a`)).toBe(2);
        await expectIo(fs.openAppend(`${root}/b`, 0), `${root}/b`, "ENOENT");
      });
    });

    describe("AppendFile", () => {
      it("goes on where truncate() cut", async () => {
        const file = await fs.create(`${root}/a`);
        await file.append([Uint8Array.of(1, 2, 3)]);
        await file.truncate(1);
        expect(file.size).toBe(1);
        await file.append([Uint8Array.of(7)]);
        await file.close();
        expect(await fs.readFile(`${root}/a`)).toEqual(Uint8Array.of(1, 7));
      });

      it("refuses all but a second close() once closed", async () => {
        const file = await fs.create(`${root}/a`);
        await file.close();
        await file.close();
        await expectIo(file.append([Uint8Array.of(1)]), `${root}/a`, "EBADF");
        await expectIo(file.truncate(0), `${root}/a`, "EBADF");
        await expectIo(file.sync(), `${root}/a`, "EBADF");
      });
    });

    describe("openRead()", () => {
      it("reads at any offset, into shared memory too", async () => {
        await write(`${root}/a`, [1, 2, 3, 4]);
        const file = await fs.openRead(`${root}/a`);
        expect(file.size).toBe(4);
        const target = new Uint8Array(new SharedArrayBuffer(4));
        await file.readInto(target.subarray(1, 3), 2);
        expect([...target]).toEqual([0, 3, 4, 0]);
        await file.readInto(new Uint8Array(0), 4);
        await file.close();
        await file.close();
        await expectIo(file.readInto(target, 0), `${root}/a`, "EBADF");
      });

      it("refuses to read past the end", async () => {
        await write(`${root}/a`, [1, 2]);
        const file = await fs.openRead(`${root}/a`);
        await expectIo(file.readInto(new Uint8Array(2), 1), `${root}/a`, "EOF");
        await file.close();
      });

      it("keeps reading a file whose name was removed or replaced", async () => {
        await write(`${root}/a`, [1]);
        await write(`${root}/b`, [2]);
        const [a, b] = [await fs.openRead(`${root}/a`), await fs.openRead(`${root}/b`)];
        await fs.remove(`${root}/a`);
        await fs.replaceFile(`${root}/b`, Uint8Array.of(3));
        const target = new Uint8Array(2);
        await a.readInto(target.subarray(0, 1), 0);
        await b.readInto(target.subarray(1), 0);
        expect([...target]).toEqual([1, 2]);
        await Promise.all([a.close(), b.close()]);
      });

      it("refuses folders and files that are not there", async () => {
        await expectIo(fs.openRead(root), root, "EISDIR");
        await expectIo(fs.openRead(`${root}/a`), `${root}/a`, "ENOENT");
        await expectIo(fs.readFile(`${root}/a`), `${root}/a`, "ENOENT");
      });
    });

    describe("replaceFile()", () => {
      it("makes or replaces a file, and leaves nothing else", async () => {
        const bytes = Uint8Array.of(1, 2, 3);
        await fs.replaceFile(`${root}/a`, bytes.subarray(1));
        await fs.replaceFile(`${root}/a`, bytes);
        bytes.fill(0);
        expect(await fs.readFile(`${root}/a`)).toEqual(Uint8Array.of(1, 2, 3));
        expect(await fs.list(root)).toEqual(["a"]);
      });

      it("refuses a folder that is not there, and to replace a folder", async () => {
        await fs.makeDirectory(`${root}/folder`);
        const bytes = Uint8Array.of(1);
        await expectIo(fs.replaceFile(`${root}/no/a`, bytes), `${root}/no/a`, "ENOENT");
        await expectIo(fs.replaceFile(`${root}/folder`, bytes), `${root}/folder`, "EISDIR");
      });
    });

    describe("folders", () => {
      it("makeDirectory() makes those above too, and list() sorts names", async () => {
        await fs.makeDirectory(`${root}/x/y`);
        await fs.makeDirectory(`${root}/x/y`);
        await write(`${root}/x/b`, [1]);
        await write(`${root}/x/B`, [1]);
        await write(`${root}/x/y/c`, [1]);
        expect(await fs.list(`${root}/x`)).toEqual(["B", "b", "y"]);
        expect(await fs.list(`${root}/x/y`)).toEqual(["c"]);
        await fs.syncDirectory(`${root}/x`);
      });

      it("list() answers undefined for no folder and refuses a file", async () => {
        expect(await fs.list(`${root}/no`)).toBeUndefined();
        await write(`${root}/a`, [1]);
        await expectIo(fs.list(`${root}/a`), `${root}/a`, "ENOTDIR");
        await expectIo(fs.makeDirectory(`${root}/a`), `${root}/a`, "EEXIST");
        await expectIo(fs.syncDirectory(`${root}/no`), `${root}/no`, "ENOENT");
      });

      it("removeDirectory() removes all below, and nothing with a name that begins the same", async () => {
        await fs.makeDirectory(`${root}/x/y`);
        await write(`${root}/x/y/c`, [1]);
        await write(`${root}/xx`, [1]);
        await fs.removeDirectory(`${root}/x`);
        await fs.removeDirectory(`${root}/x`);
        expect(await fs.list(root)).toEqual(["xx"]);
      });
    });

    it("remove() removes a file and refuses what is not there", async () => {
      await write(`${root}/a`, [1]);
      await fs.remove(`${root}/a`);
      await expectIo(fs.remove(`${root}/a`), `${root}/a`, "ENOENT");
      expect(await fs.list(root)).toEqual([]);
    });

    it("sizeOf() answers undefined for what is no file", async () => {
      await write(`${root}/a`, [1, 2]);
      expect(await fs.sizeOf(`${root}/a`)).toBe(2);
      expect(await fs.sizeOf(`${root}/b`)).toBeUndefined();
      expect(await fs.sizeOf(root)).toBeUndefined();
    });

    describe("lockDirectory()", () => {
      it("locks a folder once, until it is released", async () => {
        const lock = await fs.lockDirectory(root);
        await expect(fs.lockDirectory(root)).rejects.toMatchObject({
          code: "locked",
          details: { path: root, pid: process.pid },
        });
        await lock.release();
        const next = await fs.lockDirectory(root);
        await lock.release();
        await expect(fs.lockDirectory(root)).rejects.toMatchObject({ code: "locked" });
        await next.release();
      });

      it("refuses a folder that is not there", async () => {
        await expectIo(fs.lockDirectory(`${root}/no`), `${root}/no`, "ENOENT");
      });
    });
  });
}

/** Expects an `io` error that names the file, in the message too. */
async function expectIo(action: Promise<unknown>, path: string, errno: string): Promise<void> {
  const error = await action.then(
    () => undefined,
    (thrown: EngineError) => thrown,
  );
  expect(error).toMatchObject({ code: "io", details: { path, errno } });
  expect(error?.message).toContain(`"${path}"`);
}
