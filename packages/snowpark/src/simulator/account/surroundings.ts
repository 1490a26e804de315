import type { AccountState, NewUser } from "./state.ts";

/** A container of a service's instance, as both sides name it. */
export interface ContainerKey {
  /** `DATABASE.SCHEMA.SERVICE`. */
  readonly service: string;
  /** Never used twice: a service that was dropped and made again has another. */
  readonly serviceId: number;
  readonly instance: number;
  readonly container: string;
}

/** Where the contents of a mounted volume are. */
export type VolumeSource =
  | { readonly kind: "block"; readonly volumeId: string }
  | { readonly kind: "stage"; readonly stage: string; readonly path: string }
  | { readonly kind: "local" | "memory" };

export interface ContainerMount {
  readonly volume: string;
  readonly mountPath: string;
  readonly source: VolumeSource;
}

/** All that a runtime needs to run a container. */
export interface ContainerStart extends ContainerKey {
  /** As the specification has it, such as `/db/schema/repository/image:tag`. */
  readonly image: string;
  readonly digest: string;
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Environment variables whose values must not be shown. */
  readonly secretEnv: Readonly<Record<string, string>>;
  readonly secretFiles: readonly { readonly path: string; readonly content: string }[];
  readonly mounts: readonly ContainerMount[];
  readonly endpoints: readonly { readonly name: string; readonly port: number }[];
  readonly readinessProbe: { readonly port: number; readonly path: string } | undefined;
  /** A job's container runs once; a service's is started again whenever it ends. */
  readonly isJob: boolean;
}

export interface ContainerStatus {
  readonly isReady: boolean;
  /** Set once the container has ended and is not started again. */
  readonly exitCode?: number;
  readonly restartCount?: number;
  /** Set when it could not be started and will not be: what `SHOW SERVICE CONTAINERS` says of it. */
  readonly failure?: string;
  /** What `SHOW SERVICE CONTAINERS` says instead of the usual message. */
  readonly message?: string;
}

/** A line that a container wrote. */
export interface LogLine {
  /** Milliseconds since 1970, by the account's clock. */
  readonly writtenAt: number;
  readonly text: string;
}

/** What runs the containers. An account without one lets them get ready after a while and do nothing. */
export interface ContainerRuntime {
  /** Begins to run a container. A rejection makes it FAILED, with the error's message. */
  start(container: ContainerStart): Promise<void>;
  /** Ends a container (SIGTERM, then SIGKILL) and forgets it. Does nothing for one that is not there. */
  stop(key: ContainerKey): Promise<void>;
  /** `undefined` for a container that the runtime doesn't know, as after a new start: it is started again. */
  status(key: ContainerKey): ContainerStatus | undefined;
  /** The lines that it wrote, oldest first. `isPrevious` asks for those before its last restart. */
  logs(key: ContainerKey, isPrevious: boolean): readonly LogLine[];
  /** Keeps a copy of a block volume as a snapshot. */
  takeSnapshot(volumeId: string, snapshotId: string): Promise<void>;
  /** Makes a block volume's contents those of a snapshot. */
  restoreSnapshot(snapshotId: string, volumeId: string): Promise<void>;
  removeVolume(volumeId: string): Promise<void>;
  removeSnapshot(snapshotId: string): Promise<void>;
}

export interface StageFile {
  /** Within the stage, such as `folder/milvus.yaml`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly md5: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** The files of stages. A stage's id is never used twice. */
export interface StageFiles {
  list(stageId: string): Promise<readonly StageFile[]>;
  read(stageId: string, path: string): Promise<Uint8Array | undefined>;
  write(stageId: string, path: string, content: Uint8Array): Promise<void>;
  remove(stageId: string, path: string): Promise<void>;
  removeStage(stageId: string): Promise<void>;
}

/** A request of a service function to its service. */
export interface ServiceCall {
  /** `DATABASE.SCHEMA.SERVICE`. */
  readonly service: string;
  readonly endpoint: string;
  readonly port: number;
  /** Such as `/sf/search`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `[rowNumber, argument, …]` for each row. */
  readonly body: { readonly data: readonly (readonly unknown[])[] };
}

export interface ServiceReply {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
}

/** How long things take, in milliseconds of the account's clock. */
export interface AccountTimings {
  readonly poolStart: number;
  readonly poolStop: number;
  readonly imagePull: number;
  /** Used without a runtime only: with one, a container is ready when the runtime says so. */
  readonly containerStart: number;
  /** Used without a runtime only: how long a job's container runs. */
  readonly jobRun: number;
  readonly serviceStop: number;
  /** From a service's creation until its public endpoints have an address. */
  readonly endpointProvision: number;
}

/** What can be made to go wrong. The holder of the object may change it at any time. */
export interface AccountFaults {
  /** Pools that start stay in STARTING. */
  poolsNeverStart?: boolean;
  /** Pools that start fail for want of capacity (392507). */
  noCapacity?: boolean;
}

/** What an account is made with. */
export interface SimulatedAccountOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What Snowflake did before the changes of 2024 to 2026, or does after them. */
  readonly behaviour: "2024" | "2026";
  readonly names: { readonly organization: string; readonly account: string };
  /** Waits that long by the clock of `now`. Without it, statements that wait are refused. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
  readonly runtime?: ContainerRuntime;
  readonly stageFiles?: StageFiles;
  /** Without it, a service function fails as when its service can't be reached. */
  readonly callService?: (call: ServiceCall) => Promise<ServiceReply>;
  /** Makes the secrets of tokens. The default is good for tests only: it counts. */
  readonly newSecret?: () => string;
  /** Where the registry is, without scheme. Default: as in an account on AWS. */
  readonly registryHost?: string;
  /** What an endpoint's address ends in. Default `snowflakecomputing.app`. */
  readonly ingressDomain?: string;
  readonly timings?: Partial<AccountTimings>;
  readonly faults?: AccountFaults;
  /** The users of a fresh account. Default: {@link freshUsers}. */
  readonly users?: readonly NewUser[];
  /** An account's state as `toJSON()` gave it. */
  readonly state?: AccountState;
}

export const defaultTimings: AccountTimings = {
  poolStart: 60_000,
  poolStop: 10_000,
  imagePull: 10_000,
  containerStart: 5_000,
  jobRun: 5_000,
  serviceStop: 5_000,
  endpointProvision: 30_000,
};
