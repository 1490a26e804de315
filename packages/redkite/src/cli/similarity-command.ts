import { Command } from "commander";
import { similarityComputeCommand } from "./similarity-compute.ts";
import { similarityDuplicatesCommand } from "./similarity-duplicates.ts";
import { similarityRunsCommand } from "./similarity-runs.ts";
import { similaritySearchCommand } from "./similarity-search.ts";

const examples = `
Examples:
  $ redkite similarity compute quickstart --key images
  $ redkite similarity compute quickstart --key objects --patches-field ground_truth
  $ redkite similarity search quickstart --key images --image ./cat.jpg --limit 5
  $ redkite similarity search quickstart "a photo of a dog" --key clip --json
  $ redkite similarity duplicates quickstart --key images --threshold 0.1 --tag duplicate
  $ redkite similarity runs quickstart

Vectors are kept in the dataset's folder, or on a Milvus server with --uri or the variable
REDKITE_BRAIN_SIMILARITY_MILVUS_URI. User, password and token come from the variables
REDKITE_BRAIN_SIMILARITY_MILVUS_USER, _PASSWORD and _TOKEN, not from the command line.

Exit codes: 0 done; 2 it could not be done as asked.`;

/** `redkite similarity`: similarity indexes of datasets. */
export function similarityCommand(): Command {
  const command = new Command("similarity")
    .description("Make and search similarity indexes of datasets")
    .addHelpText("after", examples);
  const subcommands = [
    similarityComputeCommand(),
    similaritySearchCommand(),
    similarityDuplicatesCommand(),
    similarityRunsCommand(),
  ];
  for (const subcommand of subcommands) command.addCommand(subcommand);
  return command;
}
