import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "@redkite/engine";
import { MilvusClient } from "@redkite/milvus/client";
import { Command } from "commander";
import { UsageError } from "../usage-error.ts";
import { DemoScreen } from "./demo-screen.ts";
import { type DemoAnswer, type DemoResult, type DemoStep, runDemo } from "./run-demo.ts";

interface DemoCommandOptions {
  readonly data: string;
  readonly json: boolean;
}

const description = "Ask questions to three sentences, then to the READMEs of your packages";

/** `redkite demo`: embeds real text, stores it, searches it, and shows the code that does the same. */
export function demoCommand(): Command {
  return new Command("demo")
    .description(description)
    .option(
      "--data <folder>",
      "the folder of the database, made when it is not there",
      "./redkite-demo.db",
    )
    .option("--json", "write the results as one JSON object, and nothing else", false)
    .action(demo);
}

async function demo({ data, json }: DemoCommandOptions): Promise<void> {
  const address = addressOf(data);
  const screen = new DemoScreen(process.stdout);
  const stop = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => stop.abort(signal);
  // Once: a second Ctrl+C ends the process at once, which the database survives too.
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    const result = await runOn(address, {
      signal: stop.signal,
      onStep: (step) => {
        if (!json) screen.show(step);
      },
    });
    if (json) process.stdout.write(`${toJson(address, result)}\n`);
    else screen.showClosing(address);
  } catch (error) {
    screen.clearProgress();
    if (!stop.signal.aborted) throw new UsageError(reasonOf(error), { cause: error });
    process.stderr.write(
      "redkite: stopped. What was embedded is stored: run the demo again to go on\n",
    );
    process.exitCode = stop.signal.reason === "SIGINT" ? 130 : 143;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

async function runOn(
  address: string,
  options: { signal: AbortSignal; onStep: (step: DemoStep) => void },
): Promise<DemoResult> {
  const client = new MilvusClient({ address, logLevel: "error" });
  try {
    const startFolders = [process.cwd(), fileURLToPath(new URL(".", import.meta.url))];
    return await runDemo({ client, startFolders, ...options });
  } finally {
    await client.closeConnection();
  }
}

/** The folder in a form that `MilvusClient` cannot take for the name of a server. */
function addressOf(folder: string): string {
  return isAbsolute(folder) || folder.startsWith(".") ? folder : `./${folder}`;
}

/** What went wrong: the SDK also throws answers of the server, which are no `Error`s. */
function reasonOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return messageOf(error);
  if ("details" in error && typeof error.details === "string") return error.details;
  if ("reason" in error && typeof error.reason === "string") return error.reason;
  return messageOf(error);
}

function toJson(database: string, { quickDemo, readmes, answers }: DemoResult): string {
  const flat = ({ question, hits }: DemoAnswer) => ({
    question,
    hits: hits.map(({ score, fields }) => ({ score, ...fields })),
  });
  return JSON.stringify({
    database,
    quickDemo: flat(quickDemo),
    readmes,
    answers: answers.map(flat),
  });
}
