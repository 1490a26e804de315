import { Command } from "commander";
import { AccountRunner } from "./account-runner.ts";
import { backupCommand, restoreCommand } from "./backup-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { downCommand } from "./down-command.ts";
import type { Environment } from "./environment.ts";
import { imagesCommand } from "./images-command.ts";
import { initCommand } from "./init-command.ts";
import { logsCommand } from "./logs-command.ts";
import { openCommand } from "./open-command.ts";
import { pauseCommand, resumeCommand } from "./pause-command.ts";
import { planCommand } from "./plan-command.ts";
import { proxyCommand } from "./proxy-command.ts";
import { simulateCommand } from "./simulate-command.ts";
import { sqlCommand } from "./sql-command.ts";
import { statusCommand } from "./status-command.ts";
import { upCommand } from "./up-command.ts";
import { upgradeCommand } from "./upgrade-command.ts";
import { verifyCommand } from "./verify-command.ts";

const examples = `
Examples:
  $ redkite snowpark up --simulate             rehearse it all on this machine
  $ redkite snowpark verify --simulate
  $ redkite snowpark down --simulate --delete-data --yes

  $ redkite snowpark init                      then in an account of yours
  $ redkite snowpark doctor
  $ redkite snowpark up

The deployment is what ./snowpark.yaml says, or the default one. Every command looks
at what is in the account, and repeating one goes on where the last one stopped.

Exit codes: 0 done; 1 failed; 2 it could not be done as asked, or, of plan, changes
are pending; 130 stopped by Ctrl-C.`;

/** `redkite snowpark`: a deployment in Snowpark Container Services, from nothing and back. */
export function snowparkCommand(environment: Environment): Command {
  const runner = new AccountRunner(environment);
  const command = new Command("snowpark")
    .description("Run Redkite or Milvus, and a notebook, in Snowpark Container Services")
    .helpCommand(false)
    .addHelpText("after", examples);
  const subcommands = [
    initCommand(runner),
    doctorCommand(runner),
    planCommand(runner),
    upCommand(runner),
    statusCommand(runner),
    logsCommand(runner),
    openCommand(runner),
    proxyCommand(runner),
    verifyCommand(runner),
    pauseCommand(runner),
    resumeCommand(runner),
    backupCommand(runner),
    restoreCommand(runner),
    upgradeCommand(runner),
    downCommand(runner),
    sqlCommand(runner),
    imagesCommand(runner),
    simulateCommand(runner),
  ];
  for (const subcommand of subcommands) command.addCommand(subcommand);
  return command;
}
