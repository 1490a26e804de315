import type { ServiceDefinition } from "@grpc/grpc-js";
import {
  type ClientConfig,
  type CONNECT_STATUS,
  ErrorCode,
  getGRPCService,
  type InsertReq,
  LOADER_OPTIONS,
  type LoadCollectionReq,
  type MutationResult,
  type ResStatus,
  MilvusClient as SdkMilvusClient,
  type UpsertReq,
} from "@zilliz/milvus2-sdk-node";
import { type ChannelPool, LocalChannel } from "./local-channel.ts";
import { localPathOf } from "./local-path.ts";
import { type DatabaseLease, leaseDatabase } from "./shared-database.ts";
import { encodeWrite, rowsOf, type WriteMethod } from "./write-request.ts";

type SdkArguments = ConstructorParameters<typeof SdkMilvusClient>;
type SdkChannelPool = SdkMilvusClient["channelPool"];

/** A database in this process, where the SDK has a server. */
interface LocalDatabase {
  readonly lease: DatabaseLease;
  readonly channel: LocalChannel;
}

/**
 * Milvus's official client, which also takes the path of a folder: then the database runs in this
 * process, with no server and no socket. Everything else, from methods to types, is the SDK's.
 *
 * Local addresses are `:memory:`, `file:` URLs, and what begins like a path or ends in `.db`.
 * Clients of one process on the same folder share its database. That a database can't be opened
 * is told by the first call. Await `closeConnection()` to leave the folder to others.
 *
 * @example
 * const client = new MilvusClient("./demo.db");
 * await client.createCollection({ collection_name: "films", dimension: 4 });
 * await client.insert({ collection_name: "films", data: [{ id: 1, vector: [1, 0, 0, 0] }] });
 * await client.closeConnection();
 */
export class MilvusClient extends SdkMilvusClient {
  readonly #local: LocalDatabase | undefined;

  constructor(...args: SdkArguments) {
    const given = configOf(args);
    const path = localPathOf(given.address ?? "");
    super(...(path === undefined ? args : ([inProcessConfig(given)] satisfies SdkArguments)));
    if (path === undefined) {
      this.#letCallsTellThatItCannotConnect();
      return;
    }
    const lease = leaseDatabase(path);
    const channel = new LocalChannel({
      handler: lease.service,
      definition: definitionFor(given),
      databaseName: () => this.metadata.get("dbname") ?? "",
    });
    this.#local = { lease, channel };
    // The SDK calls no other members of its pool than those of `ChannelPool`.
    this.channelPool = channel as ChannelPool as SdkChannelPool;
    if (given.__SKIP_CONNECT__ !== true) this.connect(SdkMilvusClient.sdkInfo.version);
    this.config.address = given.address;
    this.#letCallsTellThatItCannotConnect();
  }

  override async insert(data: InsertReq): Promise<MutationResult> {
    return (await this.#write("Insert", data)) ?? super.insert(data);
  }

  override async upsert(data: UpsertReq): Promise<MutationResult> {
    return (await this.#write("Upsert", data)) ?? super.upsert(data);
  }

  /**
   * Resolves when the collection is loaded. In process that is when the call is answered: the SDK
   * asks for the progress and sleeps 0.4 seconds all the same.
   */
  override async loadCollection(data: LoadCollectionReq): Promise<ResStatus> {
    if (this.#local === undefined) return super.loadCollection(data);
    const status = await this.loadCollectionAsync(data);
    if (status.error_code === ErrorCode.SUCCESS) return status;
    throw new Error(`ErrorCode: ${status.error_code}. Reason: ${status.reason}`);
  }

  /** Waits for calls that run. In process, resolves once all is on disk and the folder is free. */
  override async closeConnection(): Promise<CONNECT_STATUS> {
    const status = await super.closeConnection();
    await this.#local?.lease.release();
    return status;
  }

  /**
   * The SDK begins to connect in its constructor and looks at the outcome in few of its calls. A
   * rejection that nobody looks at would end the process, also where calls, which reject with the
   * same error, are guarded.
   */
  #letCallsTellThatItCannotConnect(): void {
    this.connectPromise.catch(() => undefined);
  }

  /** Writes rows in process; undefined for what the SDK is to do itself. */
  async #write(
    method: WriteMethod,
    data: InsertReq | UpsertReq,
  ): Promise<MutationResult | undefined> {
    const rows = rowsOf(data);
    if (this.#local === undefined || !Array.isArray(rows) || rows.length === 0) return undefined;
    const { collection_name, db_name, timeout = 0 } = data;
    const description = await this.describeCollection({
      collection_name,
      ...(db_name === undefined ? {} : { db_name }),
      cache: true,
    });
    if (description.status.error_code !== ErrorCode.SUCCESS) throw description;
    const request = encodeWrite(method, data, description);
    if (request === undefined) return undefined;
    // The SDK's own decoder made it.
    const result = (await this.#local.channel.call(method, request, timeout)) as MutationResult;
    // The SDK's own way reads the schema again and repeats the request.
    return result.status.error_code === ErrorCode.SchemaMismatch ? undefined : result;
  }
}

/** The configuration that the constructor's arguments stand for. */
function configOf([config, ssl, username, password, channelOptions]: SdkArguments): ClientConfig {
  if (typeof config === "object") return config;
  return {
    address: config,
    ...(ssl === undefined ? {} : { ssl }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(channelOptions === undefined ? {} : { channelOptions }),
  };
}

/**
 * The configuration with which the SDK's constructor opens nothing: it makes an empty pool, which
 * is replaced afterwards, connects only when told to, and sends no telemetry.
 */
function inProcessConfig({ ssl: _ssl, tls: _tls, ...config }: ClientConfig): ClientConfig {
  return {
    ...config,
    address: "in-process:0",
    isGlobal: false,
    pool: { min: 0 },
    telemetry: { enabled: false },
    __SKIP_CONNECT__: true,
  };
}

/** Making one takes tens of milliseconds, and nearly all clients have the same. */
let defaultDefinition: ServiceDefinition | undefined;

/** The SDK's description of Milvus's service, with the options by which it decodes messages. */
function definitionFor({ loaderOptions }: ClientConfig): ServiceDefinition {
  if (loaderOptions !== undefined) return loadDefinition(loaderOptions);
  defaultDefinition ??= loadDefinition({});
  return defaultDefinition;
}

function loadDefinition(
  loaderOptions: NonNullable<ClientConfig["loaderOptions"]>,
): ServiceDefinition {
  const options = { ...LOADER_OPTIONS, ...loaderOptions };
  return getGRPCService({ serviceName: "milvus.proto.milvus.MilvusService" }, options).service;
}
