import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { UsageError } from "../../usage-error.ts";
import type { AccountRunner } from "./account-runner.ts";
import { ask } from "./confirm.ts";
import {
  commandLine,
  jsonOption,
  loadSnowpark,
  print,
  printJson,
  yesOption,
} from "./snowpark-options.ts";

interface InitOptions {
  readonly config: string;
  readonly name?: string;
  readonly connection?: string;
  readonly milvus?: string;
  readonly family?: string;
  readonly storage?: string;
  readonly user: readonly string[];
  readonly notebook: boolean;
  readonly yes?: true;
  readonly json?: true;
}

const examples = `
Examples:
  $ redkite snowpark init
  $ redkite snowpark init --yes --user ADA --user GRACE
  $ redkite snowpark init --milvus 2.6.4 --family CPU_X64_M --no-notebook --yes

Options answer the questions; --yes takes the defaults for the rest. A file that is
there is not replaced. Nothing is sent: redkite snowpark doctor looks at the account.`;

/** `redkite snowpark init`: asks, writes the deployment's file, tells what it will cost. */
export function initCommand(runner: AccountRunner): Command {
  const collect = (value: string, list: readonly string[]) => [...list, value];
  return new Command("init")
    .description("Write a snowpark.yaml, and tell what it will cost")
    .option("--config <file>", "the file to write", "snowpark.yaml")
    .option("--name <name>", "the deployment's name, of which the objects' names are made")
    .option("--connection <name>", "a connection in connections.toml")
    .addOption(new Option("--milvus <version>", "run upstream Milvus, not Redkite"))
    .option("--family <name>", "the instance family of the pool")
    .option("--storage <size>", "the size of the data volume, such as 10Gi")
    .option("--user <name>", "who may open the notebook; may be given again", collect, [])
    .option("--no-notebook", "without the notebook")
    .addOption(yesOption())
    .addOption(jsonOption())
    .addHelpText("after", examples)
    .action((options: InitOptions) =>
      runner.interruptibly(options, (signal) => initialise(options, signal)),
    );
}

async function initialise(options: InitOptions, signal: AbortSignal): Promise<void> {
  // Before anything is asked: answers should not be lost.
  if (existsSync(options.config)) throw alreadyThere(options.config);
  const snowpark = await loadSnowpark();
  const defaults = snowpark.defaultConfig();
  const question = questioner(options, signal);
  const name = await question("Name of the deployment", options.name, defaults.name);
  const connection = await question("Connection (empty: the default one)", options.connection, "");
  const families = snowpark.pricedFamilies;
  if (!quiet(options)) process.stderr.write(`${familyTable(snowpark)}\n`);
  const instanceFamily = await question(
    "Instance family",
    options.family,
    defaults.pool.instanceFamily,
  );
  const size = await question("Size of the data volume", options.storage, defaults.storage.size);
  const users = await question(
    "Users who may open the notebook, between commas",
    options.user.length > 0 ? options.user.join(",") : undefined,
    "",
  );
  const config = {
    ...snowpark.defaultConfig(name),
    ...(connection === "" ? {} : { connection }),
    engine:
      options.milvus === undefined
        ? defaults.engine
        : { kind: "milvus" as const, version: options.milvus },
    notebook: options.notebook,
    pool: { ...defaults.pool, instanceFamily },
    storage: { size },
    users: users
      .split(",")
      .map((user) => user.trim())
      .filter(Boolean),
  };
  const text = snowpark.writeSnowparkConfig(config);
  // What was typed is checked as the file will be.
  snowpark.readSnowparkConfig(text, options.config);
  await writeNew(options.config, text);
  const cost = snowpark.hourlyCost(config);
  if (options.json === true) printJson({ file: options.config, config, cost });
  else {
    print(`${options.config} is written`);
    print(snowpark.costText(cost));
    if (!families.includes(instanceFamily))
      print("redkite snowpark doctor tells whether the account has it");
    const isUsual = options.config === "snowpark.yaml";
    const found = isUsual ? {} : { config: options.config };
    print(`Next: ${commandLine("doctor", found)}, then ${commandLine("up", found)}`);
  }
}

function questioner(options: InitOptions, signal: AbortSignal) {
  return async (text: string, given: string | undefined, usual: string): Promise<string> => {
    if (given !== undefined) return given;
    if (quiet(options)) return usual;
    const answer = await ask(`${text}${usual === "" ? "" : ` [${usual}]`}: `, signal);
    return answer.trim() === "" ? usual : answer.trim();
  };
}

/** Whether nothing is asked: by --yes, for a program, or because nobody is there. */
function quiet({ yes, json }: InitOptions): boolean {
  return yes === true || json === true || process.stdin.isTTY !== true;
}

function familyTable({
  pricedFamilies,
  costOfNodes,
  consumptionTableDate,
}: Awaited<ReturnType<typeof loadSnowpark>>): string {
  const lines = pricedFamilies.map((family) => {
    const { creditsPerHour = 0 } = costOfNodes(family, 1);
    return `  ${family.padEnd(14)} ${creditsPerHour.toFixed(2).padStart(5)}`;
  });
  return [`Credits an hour and node (estimates of ${consumptionTableDate}):`, ...lines].join("\n");
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (isThere) throw alreadyThere(file);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot write ${file}: ${reason}`, { cause: error });
  }
}

function alreadyThere(file: string): UsageError {
  return new UsageError(
    `${file} is there already and is not replaced: edit it, or write another with --config`,
  );
}
