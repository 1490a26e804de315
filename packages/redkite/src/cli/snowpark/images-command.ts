import type {
  ContainerEngine,
  ImageDefinition,
  ImageFacts,
  ImageSource,
  SnowparkConfig,
} from "@redkite/snowpark";
import { Command, Option } from "commander";
import { UsageError } from "../../usage-error.ts";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import { buildOptions, deploymentImages, imageStore, rehearsable } from "./deployment-images.ts";
import { readConfig } from "./open-account.ts";
import {
  engineOption,
  loadSnowpark,
  print,
  printJson,
  type SnowparkOptions,
  withSnowparkOptions,
} from "./snowpark-options.ts";

interface ImagesOptions extends SnowparkOptions {
  readonly image?: "server" | "notebook";
  readonly dryRun?: true;
}

interface PushCommandOptions extends ImagesOptions {
  readonly with?: ContainerEngine;
}

interface BuildCommandOptions extends ImagesOptions {
  readonly output: string;
}

const examples = `
Examples:
  $ redkite snowpark images list
  $ redkite snowpark images build --output ./image          skopeo copy oci:./image:TAG …
  $ redkite snowpark images build --output redkite.tar      docker load -i redkite.tar
  $ redkite snowpark images push
  $ redkite snowpark images push --with docker
  $ redkite snowpark images inspect --image server

redkite snowpark up builds and pushes what is missing by itself.`;

/** `redkite snowpark images`: the images by hand. */
export function imagesCommand(runner: AccountRunner): Command {
  return new Command("images")
    .description("List, build, push and inspect the deployment's images by hand")
    .helpCommand(false)
    .addHelpText("after", examples)
    .addCommand(listCommand(runner))
    .addCommand(buildCommand(runner))
    .addCommand(pushCommand(runner))
    .addCommand(inspectCommand(runner));
}

function listCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("list").description("Show the names and tags of the images, without building"),
  ).action((options: ImagesOptions) =>
    runner.interruptibly(options, async () => {
      const images = await chosenImages(options);
      if (options.json === true) printJson(images.map(({ name, tag }) => ({ name, tag })));
      else for (const { name, tag } of images) print(`${name}:${tag}`);
    }),
  );
}

function buildCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("build").description("Build an image into a folder, or a file that docker loads"),
  )
    .requiredOption("--output <path>", "the folder of an OCI layout, or a file that ends in .tar")
    .addOption(imageOption())
    .action((options: BuildCommandOptions) =>
      runner.interruptibly(options, async (signal, screen) => {
        const snowpark = await loadSnowpark();
        const written: object[] = [];
        for (const definition of await chosenImages(options)) {
          const step = `image ${definition.name}:${definition.tag}`;
          screen.show({ step, state: "running" });
          const image = await definition.build({
            ...buildOptions(runner.environment, { fetch, signal }),
            onStep: (message) => screen.show({ step, state: "running", message }),
          });
          await writeImage(snowpark, { image, definition, options });
          screen.show({ step, state: "done" });
          written.push(imageFacts(definition, image));
        }
        if (options.json === true) printJson(written);
        else print(`Written to ${options.output}`);
      }),
    );
}

async function writeImage(
  { writeOciArchive, writeOciLayout }: Awaited<ReturnType<typeof loadSnowpark>>,
  {
    image,
    definition,
    options,
  }: { image: ImageSource; definition: ImageDefinition; options: BuildCommandOptions },
): Promise<void> {
  if (!options.output.endsWith(".tar")) {
    await writeOciLayout(image, options.output, definition.tag);
  } else if (options.image === undefined) {
    throw new UsageError("A .tar file holds one image: choose it with --image");
  } else await writeOciArchive(image, options.output, `${definition.name}:${definition.tag}`);
}

function pushCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("push").description("Build the images and push them to the account's repository"),
  )
    .addOption(imageOption())
    .option("--dry-run", "push nothing: tell what would be pushed where")
    .addOption(engineOption())
    .action((options: PushCommandOptions) =>
      runner.onAccount(options, (context) => pushImages(context, options)),
    );
}

async function pushImages(context: CommandContext, options: PushCommandOptions): Promise<void> {
  const { snowpark, operation, screen, signal } = context;
  const definitions = await chosenImages(options);
  const repository = await snowpark.repositoryUrl(operation);
  if (options.dryRun === true) {
    const names = definitions.map(({ name, tag }) => `${repository}/${name}:${tag}`);
    if (options.json === true) printJson(names);
    else for (const name of names) print(`${name} would be pushed`);
    return;
  }
  const store = imageStore(context, definitions, options.with);
  for (const image of definitions) {
    const step = `image ${image.name}:${image.tag}`;
    screen.show({ step, state: "running" });
    const onProgress = (message: string) => screen.show({ step, state: "running", message });
    await store.push(image, repository, { onProgress, signal });
    screen.show({ step, state: "done" });
  }
  if (options.json === true) printJson(store.pushed);
  else {
    for (const { reference, digest } of store.pushed) {
      print(digest === undefined ? reference : `${reference}@${digest}`);
    }
  }
}

function inspectCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("inspect").description("Show what the account's repository holds of the images"),
  )
    .addOption(imageOption())
    .action((options: ImagesOptions) =>
      runner.onAccount(options, (context) => inspectImages(context, options)),
    );
}

async function inspectImages(context: CommandContext, options: ImagesOptions): Promise<void> {
  const { snowpark, session, operation, fetch, signal } = context;
  const repository = await snowpark.repositoryUrl(operation);
  const access = {
    fetch,
    sleep: operation.clock.sleep,
    signal,
    login: () => session.registryLogin(),
  };
  const found: ImageFacts[] = [];
  for (const image of await chosenImages(options, await rehearsable(context))) {
    found.push(await snowpark.inspectImage(image, repository, access));
  }
  if (options.json === true) printJson(found);
  else for (const facts of found) print(factsText(facts));
}

function factsText({ reference, digest, platform, bytes, layers, run }: ImageFacts): string {
  const { User, Entrypoint, Cmd, ExposedPorts, Volumes, Env, Labels } = run;
  const program = [...(Entrypoint ?? []), ...(Cmd ?? [])].join(" ");
  const lines = [
    `${reference}@${digest}`,
    `  ${platform}, ${megabytes(bytes)} MB, as ${User ? `user ${User}` : "root"}`,
    ...layers.map(({ bytes: size, origin = "" }) =>
      `  layer ${megabytes(size)} MB ${origin}`.trimEnd(),
    ),
    `  runs ${program}`,
    ...Object.keys(ExposedPorts ?? {}).map((port) => `  port ${port}`),
    ...Object.keys(Volumes ?? {}).map((folder) => `  volume ${folder}`),
    ...(Env ?? []).map((variable) => `  variable ${variable}`),
    ...Object.entries(Labels ?? {}).map(([name, value]) => `  label ${name}=${value}`),
  ];
  return lines.join("\n");
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function imageOption(): Option {
  return new Option("--image <which>", "one of them; otherwise all").choices([
    "server",
    "notebook",
  ]);
}

async function chosenImages(
  options: ImagesOptions,
  known?: SnowparkConfig,
): Promise<readonly ImageDefinition[]> {
  const snowpark = await loadSnowpark();
  const config = known ?? (await readConfig(snowpark, options));
  const { server, notebook } = await deploymentImages(snowpark, config, options);
  if (options.image === "server") return [server];
  if (options.image === "notebook" && notebook === undefined) {
    throw new UsageError("The configuration has no notebook");
  }
  const chosen = options.image === "notebook" ? [notebook] : [server, notebook];
  return chosen.filter((image) => image !== undefined);
}

function imageFacts(definition: ImageDefinition, { digest, manifest }: ImageSource): object {
  const bytes = manifest.layers.reduce((sum, { size }) => sum + size, 0);
  return { name: definition.name, tag: definition.tag, digest, bytes };
}
