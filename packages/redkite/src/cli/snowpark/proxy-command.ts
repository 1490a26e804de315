import { once } from "node:events";
import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import { requireNotebook } from "./deployment-images.ts";
import { databaseToken } from "./root-password.ts";
import {
  print,
  type SnowparkOptions,
  wholeNumber,
  withSnowparkOptions,
} from "./snowpark-options.ts";

interface ProxyCommandOptions extends SnowparkOptions {
  readonly port: number;
  readonly notebook?: true;
}

const examples = `
Examples:
  $ redkite snowpark proxy
  $ curl http://127.0.0.1:19530/v2/vectordb/collections/list -d '{}'
  $ redkite snowpark proxy --notebook --port 8888

REST only: Snowflake's ingress does not pass gRPC on, so clients that need it
(pymilvus, the Node SDK) run inside the account, as the notebook does.`;

/** `redkite snowpark proxy`: a port of this machine behind which the database is. */
export function proxyCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("proxy").description("Bring the database's REST to a port of this machine"),
  )
    .addOption(
      wholeNumber("-p, --port <number>", "the port of 127.0.0.1; 0 takes a free one", {
        max: 65_535,
      }).default(19_530),
    )
    .option("--notebook", "the notebook instead of the database")
    .addHelpText("after", examples)
    .action((options: ProxyCommandOptions) =>
      runner.onAccount(options, (context) => serveProxy(context, options)),
    );
}

async function serveProxy(context: CommandContext, options: ProxyCommandOptions): Promise<void> {
  const { snowpark, operation, session, signal, screen } = context;
  const door = options.notebook === true ? "notebook" : "rest";
  if (door === "notebook") await requireNotebook(context);
  const { ingressHost, origin } = await snowpark.endpointAddress(operation, door);
  const token = door === "rest" ? await databaseToken(context) : undefined;
  const proxy = await snowpark.startProxy({
    origin,
    ingressToken: () => session.ingressToken(ingressHost, operation.config.names.ownerRole),
    port: options.port,
    now: Date.now,
    ...(token === undefined ? {} : { databaseToken: token }),
  });
  screen.close();
  if (options.json === true) print(JSON.stringify({ address: proxy.address, port: proxy.port }));
  else {
    print(`${proxy.address} is ${origin.href} until Ctrl-C`);
    if (door === "rest") print(`  curl ${proxy.address}/v2/vectordb/collections/list -d '{}'`);
  }
  try {
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await proxy.close();
  }
}
