import { spawn } from "node:child_process";
import { once } from "node:events";
import type { ProgramRunner } from "@redkite/snowpark";

/** Runs a program that is on the `PATH`. What it says goes to standard error: standard output is for results. */
export const runProgram: ProgramRunner = async (program, args, { input, signal }) => {
  const child = spawn(program, args, {
    stdio: ["pipe", process.stderr, process.stderr],
    ...(signal === undefined ? {} : { signal }),
  });
  // A program that ends without reading its input says why itself.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [code]: unknown[] = await once(child, "close");
  return typeof code === "number" ? code : 1;
};
