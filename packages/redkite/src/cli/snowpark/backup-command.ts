import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import { confirm } from "./confirm.ts";
import {
  print,
  printJson,
  type SnowparkOptions,
  withSnowparkOptions,
  yesOption,
} from "./snowpark-options.ts";

interface BackupOptions extends SnowparkOptions {
  readonly list?: true;
}

interface RestoreOptions extends SnowparkOptions {
  readonly yes?: true;
}

/** `redkite snowpark backup`: a snapshot of the database's volume. */
export function backupCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("backup").description("Take a snapshot of the data; old ones go by backup.keep"),
  )
    .option("--list", "list the snapshots instead, newest first")
    .addHelpText(
      "after",
      `
Examples:
  $ redkite snowpark backup
  $ redkite snowpark backup --list`,
    )
    .action((options: BackupOptions) =>
      runner.onAccount(options, (context) =>
        options.list === true ? listSnapshots(context, options) : takeSnapshot(context, options),
      ),
    );
}

async function takeSnapshot(
  { snowpark, operation }: CommandContext,
  { json }: BackupOptions,
): Promise<void> {
  const report = await snowpark.backup(operation);
  if (json === true) printJson(report);
  else {
    print(`Snapshot ${report.snapshot} is taken`);
    if (report.deleted.length > 0) print(`Deleted as too old: ${report.deleted.join(", ")}`);
  }
}

async function listSnapshots(
  { snowpark, operation }: CommandContext,
  { json }: BackupOptions,
): Promise<void> {
  const snapshots = await snowpark.listSnapshots(operation);
  if (json === true) printJson(snapshots);
  else for (const { name, createdOn, state } of snapshots) print(`${name}  ${createdOn}  ${state}`);
}

/** `redkite snowpark restore`: the data as they were in a snapshot. */
export function restoreCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("restore")
      .description("Put the data back to what they were in a snapshot")
      .argument("<snapshot>", "its name: see redkite snowpark backup --list"),
  )
    .addOption(yesOption())
    .addHelpText(
      "after",
      `
Examples:
  $ redkite snowpark restore MILVUS_BACKUP_20260102_030405

What was written after the snapshot is lost: take a backup first.`,
    )
    .action((snapshot: string, options: RestoreOptions) =>
      runner.onAccount(options, async ({ snowpark, operation, config, signal }) => {
        const question = `Replace the data of "${config.name}" by ${snapshot}? What came later is lost`;
        await confirm(question, options, signal);
        await snowpark.restore(operation, snapshot);
        if (options.json === true) printJson({ restored: snapshot });
        else print(`The data are those of ${snapshot}`);
      }),
    );
}
