import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type {
  ContainerKey,
  ContainerRuntime,
  ContainerStart,
  ContainerStatus,
  LogLine,
} from "../account/surroundings.ts";
import { localAddresses, type ServiceAddress } from "./container-addresses.ts";
import type { ContainerFolders } from "./container-folders.ts";
import type { ProcessStart } from "./container-process.ts";
import { HostPaths } from "./host-paths.ts";
import { hostProgram, type Machine } from "./host-program.ts";
import { LocalContainer } from "./local-container.ts";
import type { LocalPorts } from "./local-ports.ts";
import type { UnpackedImage, UnpackedImages } from "./unpacked-images.ts";

export interface LocalProcessesOptions {
  readonly images: UnpackedImages;
  readonly folders: ContainerFolders;
  readonly ports: LocalPorts;
  readonly machine: Machine;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Before a container that ended is started again; each further time twice as long. Default 1,000 ms. */
  readonly firstRestartDelayMs?: number;
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A container that is wanted: still being pulled, running, or not to be started. */
interface Entry {
  readonly start: ContainerStart;
  /** Its image and where its ports are on this machine. */
  readonly place: Promise<Place>;
  container: LocalContainer | undefined;
  /** Why there is nothing to run. */
  failure: string | undefined;
}

interface Place {
  readonly image: UnpackedImage;
  readonly ports: ReadonlyMap<number, number>;
}

/** Runs containers as processes of this machine, from the contents of their images. `README.md` tells how. */
export class LocalProcesses implements ContainerRuntime {
  readonly #options: LocalProcessesOptions;
  readonly #entries = new Map<string, Entry>();
  /** What {@link close} has to wait for. */
  readonly #beginnings = new Set<Promise<void>>();
  /** The ports of the first instance of each service that runs, by its name. */
  readonly #services = new Map<string, Map<number, number>>();

  constructor(options: LocalProcessesOptions) {
    this.#options = options;
  }

  /** Returns at once: unpacking an image takes its time. What comes of it, {@link status} tells. */
  async start(start: ContainerStart): Promise<void> {
    const key = keyOf(start);
    const before = this.#entries.get(key);
    const place = this.#placeOf(start);
    // Its failure is told by who waits for it below, perhaps later.
    place.catch(() => undefined);
    const entry: Entry = { start, place, container: undefined, failure: undefined };
    this.#entries.set(key, entry);
    const beginning = this.#begin(entry, before).catch((error: unknown) => {
      entry.container = undefined;
      entry.failure = error instanceof Error ? error.message : String(error);
    });
    this.#beginnings.add(beginning);
    void beginning.then(() => this.#beginnings.delete(beginning));
  }

  async #begin(entry: Entry, before: Entry | undefined): Promise<void> {
    const { start } = entry;
    const { now, firstRestartDelayMs = 1_000 } = this.#options;
    await before?.container?.stop();
    const { image, ports } = await entry.place;
    // The addresses of services that were started before stand in this one's variables.
    await Promise.allSettled([...this.#entries.values()].map(({ place }) => place));
    const { readinessProbe: probe } = start;
    // It may have been stopped while its image was unpacked.
    if (this.#entries.get(keyOf(start)) !== entry) return;
    const container = new LocalContainer({
      prepare: () => this.#prepare(start, { image, ports }),
      probe: probe && {
        port: ports.get(probe.port) ?? probe.port,
        path: probe.path,
        shown: `path: ${probe.path}, port: ${probe.port}`,
      },
      restarts: !start.isJob,
      now,
      firstDelayMs: firstRestartDelayMs,
    });
    entry.container = container;
    await container.start();
  }

  async #placeOf(start: ContainerStart): Promise<Place> {
    const image = await this.#options.images.open(start.digest);
    const ports = await this.#portsOf(start, image);
    // It may have been stopped while its image was unpacked.
    if (start.instance === 0 && this.#entries.has(keyOf(start))) {
      this.#addPorts(start.service, ports);
    }
    return { image, ports };
  }

  async stop(key: ContainerKey): Promise<void> {
    const entry = this.#entries.get(keyOf(key));
    if (entry === undefined) return;
    this.#entries.delete(keyOf(key));
    await entry.container?.stop();
    await this.#options.folders.removeOwn(entry.start);
    const isLast = ![...this.#entries.values()].some(
      ({ start }) => start.serviceId === key.serviceId,
    );
    if (isLast) this.#services.delete(key.service);
  }

  status(key: ContainerKey): ContainerStatus | undefined {
    const entry = this.#entries.get(keyOf(key));
    if (entry === undefined) return undefined;
    const { container, failure } = entry;
    if (failure !== undefined) return { isReady: false, failure };
    return container?.status ?? { isReady: false, message: "Pulling the image" };
  }

  logs(key: ContainerKey, isPrevious: boolean): readonly LogLine[] {
    return this.#entries.get(keyOf(key))?.container?.logs(isPrevious) ?? [];
  }

  takeSnapshot(volumeId: string, snapshotId: string): Promise<void> {
    return this.#options.folders.takeSnapshot(volumeId, snapshotId);
  }

  restoreSnapshot(snapshotId: string, volumeId: string): Promise<void> {
    return this.#options.folders.restoreSnapshot(snapshotId, volumeId);
  }

  removeVolume(volumeId: string): Promise<void> {
    return this.#options.folders.removeVolume(volumeId);
  }

  removeSnapshot(snapshotId: string): Promise<void> {
    return this.#options.folders.removeSnapshot(snapshotId);
  }

  /** Where a service's port is on this machine, once the service has been started. */
  addressOf(service: string, port: number): number | undefined {
    const isRunning = [...this.#entries.values()].some(
      ({ start, container }) => start.service === service && container !== undefined,
    );
    return isRunning ? (this.#services.get(service)?.get(port) ?? port) : undefined;
  }

  /** Ends the processes of a service without a warning, and returns how many there were. */
  kill(service: string): number {
    const found = [...this.#entries.values()].filter(({ start }) => start.service === service);
    for (const { container } of found) container?.kill();
    return found.length;
  }

  /** Ends all containers, at the same time. */
  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ start }) => this.stop(start)));
    await Promise.all(this.#beginnings);
  }

  /** Ports with a variable get a free one; a program without one has to listen at the port itself. */
  async #portsOf(start: ContainerStart, image: UnpackedImage): Promise<Map<number, number>> {
    const ports = new Map<number, number>();
    for (const port of image.portVariables.keys()) {
      ports.set(port, await this.#options.ports.portOf(instanceOf(start), port));
    }
    return ports;
  }

  #addPorts(service: string, ports: ReadonlyMap<number, number>): void {
    this.#services.set(service, new Map([...(this.#services.get(service) ?? []), ...ports]));
  }

  async #prepare(
    start: ContainerStart,
    { image, ports }: { image: UnpackedImage; ports: ReadonlyMap<number, number> },
  ): Promise<ProcessStart> {
    const { folders, machine } = this.#options;
    const paths = new HostPaths(image.root, await folders.mappings(start));
    const services = this.#addressesFor(start, ports);
    const rewrite = async (text: string): Promise<string> =>
      localAddresses(await paths.rewrite(text), services);
    const { env: imageEnv } = image;
    const imagePath = start.env["PATH"] ?? imageEnv["PATH"] ?? defaultPath;
    const [program, ...rest] = commandOf(start, image);
    const argv = await hostProgram(program, { paths, imagePath, machine });
    for (const argument of rest) argv.push(await rewrite(argument));
    const env = await this.#ownEnvironment(start, { paths, imagePath });
    for (const [name, value] of Object.entries({ ...imageEnv, ...start.env })) {
      if (name !== "PATH") env[name] = await rewrite(value);
    }
    Object.assign(env, start.secretEnv);
    for (const [port, variable] of image.portVariables) env[variable] = String(ports.get(port));
    return { argv, env, folder: (await paths.find(image.workingDir)) ?? image.root };
  }

  /** What a container has without anybody's saying so. Nothing of this process's own environment gets in. */
  async #ownEnvironment(
    start: ContainerStart,
    { paths, imagePath }: { paths: HostPaths; imagePath: string },
  ): Promise<Record<string, string>> {
    const { folders, machine } = this.#options;
    const own = folders.ownFolder(start);
    const home = join(own, "home");
    const temporary = join(own, "tmp");
    await mkdir(home, { recursive: true });
    await mkdir(temporary, { recursive: true });
    const [database = "", schema = ""] = start.service.split(".");
    return {
      PATH: [machine.nodeFolder, ...paths.programFolders(imagePath), machine.path].join(":"),
      HOME: home,
      TMPDIR: temporary,
      LANG: "C.UTF-8",
      SNOWFLAKE_DATABASE: database,
      SNOWFLAKE_SCHEMA: schema,
      SNOWFLAKE_SERVICE_NAME: start.service.split(".").at(-1) ?? "",
    };
  }

  /** Services of the container's own schema by their short names, and the container's own ports by `localhost`. */
  #addressesFor({ service }: ContainerStart, own: ReadonlyMap<number, number>): ServiceAddress[] {
    const schema = schemaOf(service);
    const others = [...this.#services].flatMap(([name, ports]) =>
      schemaOf(name) === schema ? addressesOf(hostOf(name), ports) : [],
    );
    return [...others, ...addressesOf("localhost", own), ...addressesOf("127.0.0.1", own)];
  }
}

function addressesOf(host: string, ports: ReadonlyMap<number, number>): ServiceAddress[] {
  return [...ports].map(([port, localPort]) => ({ host, port, localPort }));
}

/** A service's short name in DNS. */
function hostOf(service: string): string {
  return (service.split(".").at(-1) ?? "").toLowerCase().replaceAll("_", "-");
}

/** The service's command replaces the image's entry point, and then the image's arguments do not count. */
function commandOf({ command, args }: ContainerStart, image: UnpackedImage): readonly string[] {
  const ownArgs = command === undefined ? image.cmd : [];
  return [...(command ?? image.entrypoint), ...(args ?? ownArgs)];
}

function keyOf({ serviceId, instance, container }: ContainerKey): string {
  return `${serviceId}/${instance}/${container}`;
}

function instanceOf({ service, instance }: ContainerKey): string {
  return `${service}/${instance}`;
}

function schemaOf(service: string): string {
  return service.slice(0, service.lastIndexOf("."));
}
