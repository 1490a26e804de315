import { randomBytes } from "node:crypto";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { SimulatedAccount } from "./account/simulated-account.ts";
import type { AccountTimings } from "./account/surroundings.ts";
import { controlRoutes } from "./control/control-api.ts";
import { Faults } from "./control/faults.ts";
import { SimulatorClock } from "./control/simulator-clock.ts";
import { withoutSecrets } from "./control/without-secrets.ts";
import type { Route } from "./http/router.ts";
import { Ingress } from "./ingress/ingress.ts";
import type { IngressUser } from "./ingress/ingress-account.ts";
import { ingressSignInRoutes, ingressSignInUrl } from "./ingress/ingress-sign-in.ts";
import { NativeProtocol } from "./native/native-protocol.ts";
import type { SessionTokens } from "./native/session-tokens.ts";
import { BlobStore } from "./registry/blob-store.ts";
import { ImageRegistry } from "./registry/image-registry.ts";
import { registryAccount } from "./registry/registry-of-account.ts";
import { RepositoryIndex } from "./registry/repository-index.ts";
import { addressFile } from "./running-simulator.ts";
import { ContainerFolders } from "./runtime/container-folders.ts";
import { LocalPorts } from "./runtime/local-ports.ts";
import { LocalProcesses } from "./runtime/local-processes.ts";
import { UnpackedImages } from "./runtime/unpacked-images.ts";
import { callLocalService } from "./service-call.ts";
import { noChoice, SignIn } from "./sign-in/sign-in.ts";
import { SignInRefused } from "./sign-in/sign-in-refused.ts";
import type { Simulator, SimulatorOptions } from "./simulator-options.ts";
import type { SimulatorServer } from "./simulator-server.ts";
import { SqlApi } from "./sql-api/sql-api.ts";
import { LocalStageFiles } from "./stages/local-stage-files.ts";
import { ObjectStore } from "./stages/object-store.ts";
import type { KeptState } from "./state/kept-state.ts";
import type { StateFolder } from "./state/state-folder.ts";
import { QueryRunner } from "./statements/query-runner.ts";
import { StatementLog } from "./statements/statement-log.ts";

const names = { organization: "SIMULATED", account: "ACCOUNT" };
const accountName = "simulated-account";
/** Browsers take names under it for this machine. */
const ingressDomain = "localhost";
const tickMs = 100;

/** Long enough to be seen, short enough not to be waited for. */
const quickTimings: AccountTimings = {
  poolStart: 400,
  poolStop: 200,
  imagePull: 100,
  containerStart: 200,
  jobRun: 200,
  serviceStop: 100,
  endpointProvision: 300,
};

/** What the parts are made of. */
export interface SimulatorSurroundings {
  readonly options: SimulatorOptions;
  readonly folder: StateFolder;
  readonly server: SimulatorServer;
  readonly port: number;
  readonly kept: KeptState | undefined;
}

/** The parts of a simulator, put together. */
export class SimulatorParts implements Simulator {
  readonly account: string = accountName;
  readonly port: number;
  readonly origin: string;
  readonly stopped: Promise<void>;
  readonly #surroundings: SimulatorSurroundings;
  readonly #behaviour: "2024" | "2026";
  readonly #clock: SimulatorClock;
  readonly #faults = new Faults();
  readonly #log = new StatementLog();
  readonly #index: RepositoryIndex;
  readonly #runtime: LocalProcesses;
  readonly #stages: LocalStageFiles;
  readonly #blobs: BlobStore;
  readonly #images: UnpackedImages;
  readonly #simulated: SimulatedAccount;
  readonly #resolveStopped: () => void;
  #ticker: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  static async assemble(surroundings: SimulatorSurroundings): Promise<SimulatorParts> {
    const { folder } = surroundings;
    const nodeFolder = folder.sub("bin");
    await rm(nodeFolder, { recursive: true, force: true });
    await mkdir(nodeFolder);
    await symlink(process.execPath, `${nodeFolder}/node`);
    // What containers had for themselves ended with the simulator that ran them.
    await rm(folder.sub("containers"), { recursive: true, force: true });
    const parts = new SimulatorParts(surroundings, await BlobStore.open(folder.sub("images")));
    await parts.#removeUnused();
    return parts;
  }

  /** What dropped repositories leave goes at the next start, when nobody uploads. */
  async #removeUnused(): Promise<void> {
    this.#forgetDropped();
    const digests = this.#index.digests();
    await this.#blobs.keepOnly(digests);
    await this.#images.keepOnly(digests);
  }

  #forgetDropped(): void {
    const alive = new Set(this.#simulated.toJSON().objects.map(({ id }) => String(id)));
    this.#index.keepOnly((repositoryId) => alive.has(repositoryId));
  }

  private constructor(surroundings: SimulatorSurroundings, blobs: BlobStore) {
    const { options, folder, port, kept } = surroundings;
    this.#surroundings = surroundings;
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.#blobs = blobs;
    this.#images = new UnpackedImages(folder.sub("images"), blobs);
    this.#behaviour = options.behaviour ?? kept?.behaviour ?? "2026";
    this.#clock = new SimulatorClock(options.machine.now);
    this.#index = new RepositoryIndex(kept?.registry);
    this.#stages = new LocalStageFiles(folder.sub("stages"));
    this.#runtime = this.#makeRuntime();
    this.#simulated = this.#makeAccount();
    let resolveStopped = (): void => undefined;
    this.stopped = new Promise((resolve) => {
      resolveStopped = resolve;
    });
    this.#resolveStopped = resolveStopped;
  }

  #makeRuntime(): LocalProcesses {
    const { options, folder } = this.#surroundings;
    const nodeFolder = folder.sub("bin");
    return new LocalProcesses({
      images: this.#images,
      folders: new ContainerFolders(folder.path, this.#stages),
      ports: new LocalPorts(),
      now: this.#clock.now,
      machine: {
        nodePath: process.execPath,
        nodeFolder,
        runsLinuxPrograms: process.platform === "linux" && process.arch === "x64",
        path: options.machine.path,
      },
    });
  }

  #makeAccount(): SimulatedAccount {
    const { options, port, kept } = this.#surroundings;
    return new SimulatedAccount({
      now: this.#clock.now,
      sleep: (milliseconds) => sleep(milliseconds),
      behaviour: this.#behaviour,
      names,
      runtime: this.#runtime,
      stageFiles: this.#stages,
      callService: async (call) => {
        const local = this.#runtime.addressOf(call.service, call.port);
        if (local === undefined) throw new Error(`No instance of ${call.service} is ready`);
        return callLocalService(call, local);
      },
      newSecret: () => randomBytes(32).toString("base64url"),
      registryHost: `127.0.0.1:${port}`,
      ingressDomain: `${ingressDomain}:${port}`,
      timings: { ...quickTimings, ...options.timings },
      faults: this.#faults.ofAccount,
      ...(options.users === undefined ? {} : { users: options.users }),
      ...(kept === undefined ? {} : { state: kept.account }),
    });
  }

  /** What is kept in the folder. */
  kept(): KeptState {
    return {
      version: 1,
      behaviour: this.#behaviour,
      port: this.port,
      account: this.#simulated.toJSON(),
      registry: this.#index.toJSON(),
    };
  }

  /** Serves, lets time pass, and tells others where it listens. */
  async begin(): Promise<void> {
    const { folder, server } = this.#surroundings;
    // What ran before is started again, before anybody can see it as running.
    await this.#tick();
    const signIn = new SignIn(this.#simulated, this.#clock.now);
    server.serve({
      routes: this.#routes(signIn),
      ingress: this.#makeIngress(signIn),
      ingressDomain,
      isUnavailable: ({ url }) => isStatement(url) && this.#faults.isUnavailable(),
    });
    await writeFile(folder.sub(addressFile), JSON.stringify({ pid: process.pid, port: this.port }));
    this.#ticker = setInterval(() => void this.#tick().catch(this.#report), tickMs);
  }

  /** A session's token opens endpoints, too, with the session's role. */
  #sessionTokens: SessionTokens | undefined;

  readonly #report = (error: unknown): void => this.#surroundings.options.report?.(error);

  #routes(signIn: SignIn): Route[] {
    const { folder, options } = this.#surroundings;
    const { now } = this.#clock;
    const hold = options.holdMs === undefined ? {} : { holdMs: options.holdMs };
    const save = (): Promise<void> => folder.save();
    const queries = new QueryRunner({ faults: this.#faults, log: this.#log, now, save });
    const objects = new ObjectStore(this.#stages, now);
    const surroundings = () => ({ objects, origin: this.origin });
    const native = new NativeProtocol({ signIn, queries, now, surroundings, ...hold });
    this.#sessionTokens = native.tokens;
    const registry = new ImageRegistry({
      account: registryAccount(this.#simulated, native.tokens),
      blobs: this.#blobs,
      index: this.#index,
      indexChanged: save,
      now,
      refusesNext: () => this.#faults.refusesRegistryRequest(),
    });
    return [
      ...native.routes,
      ...new SqlApi({ signIn, queries, ...hold }).routes,
      ...signIn.oauth.routes,
      ...signIn.browser.routes,
      ...ingressSignInRoutes(() => this.#users(), signIn),
      ...registry.routes,
      ...objects.routes,
      ...this.#controlRoutes(),
    ];
  }

  #users(): string[] {
    const { objects } = this.#simulated.toJSON();
    return objects.filter(({ type }) => type === "USER").map(({ name }) => name.join("."));
  }

  #controlRoutes(): Route[] {
    return controlRoutes({
      about: () => ({
        pid: process.pid,
        folder: this.#surroundings.folder.path,
        account: accountName,
        behaviour: this.#behaviour,
      }),
      clock: this.#clock,
      faults: this.#faults,
      log: this.#log,
      state: () => withoutSecrets(this.#simulated.comparable()),
      tick: () => this.#tick(),
      killContainers: (service) => this.#runtime.kill(service),
      stop: () => void this.stop().catch(this.#report),
    });
  }

  #makeIngress(signIn: SignIn): Ingress {
    const { ingressIdleMs } = this.#surroundings.options;
    return new Ingress({
      account: {
        enter: (address, user) => this.#simulated.enterIngress(`${address}.${ingressDomain}`, user),
      },
      userOf: async (token, host) => {
        const found = this.#sessionTokens?.find(token);
        if (found?.kind === "found") return found.native.session.state;
        return await ingressUser(signIn, { token, host });
      },
      portOf: ({ service, port }) => this.#runtime.addressOf(service, port),
      signInUrl: (host) => ingressSignInUrl(this.origin, host),
      ...(ingressIdleMs === undefined ? {} : { idleMsMax: ingressIdleMs }),
    });
  }

  /** One at a time: what is under way is waited for. */
  async #tick(): Promise<void> {
    this.#ticking ??= this.#advance().finally(() => {
      this.#ticking = undefined;
    });
    await this.#ticking;
  }

  async #advance(): Promise<void> {
    await this.#simulated.tick();
    this.#forgetDropped();
    await this.#surroundings.folder.save();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { folder, server } = this.#surroundings;
    clearInterval(this.#ticker);
    await this.#ticking?.catch(this.#report);
    await server.close();
    await this.#runtime.close();
    await folder.save();
    await folder.close();
    this.#resolveStopped();
  }
}

/** Whoever a token at the ingress stands for: of `/oauth/token` for this host, or a programmatic one. */
async function ingressUser(
  signIn: SignIn,
  { token, host }: { token: string; host: string },
): Promise<IngressUser | undefined> {
  const grant = signIn.oauth.find(token);
  if (grant === "expired") return undefined;
  if (grant !== undefined && grant.host !== undefined && grant.host !== host) return undefined;
  try {
    const session =
      grant === undefined
        ? await signIn.byAccessToken({ token, user: undefined })
        : await signIn.trusted(grant.user, { ...noChoice, role: grant.role });
    return session.state;
  } catch (error) {
    if (error instanceof SignInRefused) return undefined;
    throw error;
  }
}

function isStatement({ pathname }: URL): boolean {
  return pathname === "/queries/v1/query-request" || pathname === "/api/v2/statements";
}
