import { describe, expect, it } from "vitest";
import type { AppendFile, FileSystem } from "../../src/storage/file-system.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";
import { seededRandom } from "../kit/random.ts";

const seeds = Array.from({ length: 64 }, (_, seed) => seed);

/** What `/db/a` may look like after a power loss, over many of them. */
async function afterCrash(
  prepare: (fs: FaultFileSystem) => Promise<unknown>,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const seed of seeds) {
    const fs = new FaultFileSystem();
    await fs.makeDirectory("/db");
    await prepare(fs);
    found.add(await contentsOf(await fs.crash(seededRandom(seed))));
  }
  return found;
}

async function contentsOf(disk: FileSystem): Promise<string> {
  if ((await disk.sizeOf("/db/a")) === undefined) return "none";
  return [...(await disk.readFile("/db/a"))].join("");
}

describe("FaultFileSystem.crash()", () => {
  it("keeps what was synced, of the file and of its folder", async () => {
    const found = await afterCrash(async (fs) => {
      const file = await fs.create("/db/a");
      await file.append([Uint8Array.of(1, 2)]);
      await file.sync();
      await fs.syncDirectory("/db");
    });
    expect(found).toEqual(new Set(["12"]));
  });

  it("loses or tears bytes that were not synced", async () => {
    const found = await afterCrash(async (fs) => {
      const file = await fs.create("/db/a");
      await file.append([Uint8Array.of(1)]);
      await file.sync();
      await fs.syncDirectory("/db");
      await file.append([Uint8Array.of(2, 3)]);
    });
    expect(found).toEqual(new Set(["1", "10", "12", "100", "123"]));
  });

  it("brings back bytes that were cut, until a sync", async () => {
    const prepare = async (fs: FileSystem): Promise<AppendFile> => {
      await fs.replaceFile("/db/a", Uint8Array.of(1, 2));
      const file = await fs.openAppend("/db/a", 2);
      await file.append([Uint8Array.of(3)]);
      await file.truncate(1);
      return file;
    };
    expect(await afterCrash(prepare)).toEqual(new Set(["1", "10", "12", "120", "123"]));
    expect(await afterCrash(async (fs) => (await prepare(fs)).sync())).toEqual(new Set(["1"]));
  });

  it("loses or keeps names that were not synced", async () => {
    const made = await afterCrash(async (fs) => {
      await (await fs.create("/db/a")).sync();
    });
    expect(made).toEqual(new Set(["", "none"]));
    const removed = await afterCrash(async (fs) => {
      await fs.replaceFile("/db/a", Uint8Array.of(1));
      await fs.remove("/db/a");
    });
    expect(removed).toEqual(new Set(["1", "none"]));
    const removedWithFolder = await afterCrash(async (fs) => {
      await fs.replaceFile("/db/a", Uint8Array.of(1));
      await fs.removeDirectory("/db");
      await fs.syncDirectory("/");
    });
    expect(removedWithFolder).toEqual(new Set(["none"]));
  });

  it("has the old or the new bytes of a file whose replacement was cut short", async () => {
    const found = await afterCrash(async (fs) => {
      await fs.replaceFile("/db/a", Uint8Array.of(1));
      fs.failNext({ errno: "EIO", halfDone: true });
      await expect(fs.replaceFile("/db/a", Uint8Array.of(2))).rejects.toMatchObject({ code: "io" });
    });
    expect(found).toEqual(new Set(["1", "2"]));
  });
});

describe("FaultFileSystem.failAt()", () => {
  it("fails that operation, with half of an append done when told so", async () => {
    const fs = new FaultFileSystem();
    fs.failAt(2, { errno: "ENOSPC", halfDone: true });
    const file = await fs.create("/a");
    await file.append([Uint8Array.of(1)]);
    await expect(file.append([Uint8Array.of(2, 3), Uint8Array.of(4, 5)])).rejects.toMatchObject({
      code: "io",
      details: { path: "/a", errno: "ENOSPC" },
    });
    expect(await fs.readFile("/a")).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("fails all that comes after, too, when told so", async () => {
    const fs = new FaultFileSystem();
    fs.failNext({ errno: "EIO", forever: true });
    for (let i = 0; i < 2; i++) await expect(fs.list("/")).rejects.toMatchObject({ code: "io" });
  });
});
