import { describe, expect, it } from "vitest";
import { runProgram } from "../../src/cli/snowpark/run-program.ts";

describe("runProgram()", () => {
  it("runProgram() gives a program its input, and answers its exit code", async () => {
    const compares = ["-c", 'read -r line; [ "$line" = "a password" ] && exit 3'];
    expect(await runProgram("/bin/sh", compares, { input: "a password\n" })).toBe(3);
    expect(await runProgram("/bin/sh", ["-c", "exit 0"], { input: "x".repeat(1e6) })).toBe(0);
  });

  it("runProgram() rejects when there is no such program, or when it is given up", async () => {
    await expect(runProgram("no-program-of-this-name", [], {})).rejects.toThrow("ENOENT");
    const signal = AbortSignal.timeout(50);
    await expect(runProgram("/bin/sleep", ["60"], { signal })).rejects.toThrow(/abort/i);
  });

  it("runProgram() counts a program that a signal ended as failed", async () => {
    expect(await runProgram("/bin/sh", ["-c", "kill -9 $$"], {})).toBe(1);
  });
});
