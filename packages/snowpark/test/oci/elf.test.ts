import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkX8664, readElf } from "../../src/oci/elf.ts";

const isLinux = process.platform === "linux" && process.arch === "x64";

describe("readElf()", () => {
  it.skipIf(!isLinux)("reads the loader and the libraries of this Node, on linux/amd64", () => {
    const facts = readElf(readFileSync(process.execPath), "node");
    expect(facts.machine).toBe("x86-64");
    expect(facts.interpreter).toMatch(/^\/lib.*\/ld-/);
    expect(facts.needed).toContain("libc.so.6");
  });

  it("refuses what is no program of Linux, and what is cut off", () => {
    for (const bytes of [
      Buffer.from("#!/bin/sh\n"),
      Buffer.alloc(64),
      Buffer.alloc(0),
      Buffer.from("cffaedfe0c000001", "hex"),
    ]) {
      expect(() => readElf(bytes, "x")).toThrow(expect.objectContaining({ code: "image-failed" }));
    }
    const head = Buffer.alloc(64);
    head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    head.writeBigUInt64LE(64n, 32);
    head.writeUInt16LE(56, 54);
    head.writeUInt16LE(3, 56);
    expect(() => readElf(head, "x")).toThrow(/x is cut off/);
  });

  it("tells another processor", () => {
    const head = Buffer.alloc(64);
    head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    head.writeUInt16LE(0xb7, 18);
    const facts = readElf(head, "x");
    expect(facts).toEqual({ machine: 0xb7, interpreter: undefined, needed: [] });
    expect(() => checkX8664(facts, "x")).toThrow(/ELF machine 183/);
  });
});
