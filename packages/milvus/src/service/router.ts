import { randomUUID } from "node:crypto";
import { create, type DescMessage, toBinary } from "@bufbuild/protobuf";
import type { Database } from "@redkite/engine";
import { AccessControl, type SignIn } from "../access/access-control.ts";
import { AccessError } from "../access/access-error.ts";
import { MilvusError, toMilvusError, toStatus } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import { MilvusService as MilvusServiceDescriptor } from "../wire/gen/milvus_pb.ts";
import { accessBackupMethods } from "./access-backup.ts";
import { aliasMethods } from "./aliases.ts";
import { collectionMethods } from "./collections.ts";
import { compactionMethods } from "./compactions.ts";
import { dataMethods } from "./data.ts";
import { databaseMethods } from "./databases.ts";
import { flushMethods } from "./flush.ts";
import { refuseDenied } from "./force-deny.ts";
import { grantMethods } from "./grants.ts";
import { hybridSearchMethods } from "./hybrid-search.ts";
import { indexMethods } from "./indexes.ts";
import { loadMethods } from "./load.ts";
import type { Method } from "./method.ts";
import { partitionMethods } from "./partitions.ts";
import { privilegeGroupMethods } from "./privilege-groups.ts";
import { queryMethods } from "./query.ts";
import { replicaMethods } from "./replicas.ts";
import { resourceGroupMethods } from "./resource-groups.ts";
import { roleMethods } from "./roles.ts";
import { schemaChangeMethods } from "./schema-changes.ts";
import { searchMethods } from "./search.ts";
import { SearchIterators } from "./search-iterators.ts";
import { segmentMethods } from "./segments.ts";
import { systemMethods } from "./system.ts";
import { userMethods } from "./users.ts";

/** Where the service reports failures of its own: the client gets only their message. */
export interface ServiceLogger {
  error(message: string, details: Readonly<Record<string, unknown>>): void;
}

export interface MilvusServiceOptions {
  readonly database: Database;
  /** The version of Redkite, for clients that ask. */
  readonly version: string;
  /** Who may call what. Default: whoever can reach the service, as root. */
  readonly access?: AccessControl;
  readonly logger?: ServiceLogger;
}

/** What is known about a request beside its bytes. */
export interface CallContext {
  /** The database of the connection, for requests that name none. Empty: the default one. */
  readonly databaseName: string;
  /** The `authorization` header as it came, in any of the forms of Milvus's clients. */
  readonly authorization?: string;
  /** What {@link MilvusService.authenticate} answered for this authorization. */
  readonly signIn?: SignIn;
  /** The client's address, without a port. */
  readonly peer?: string;
  readonly signal?: AbortSignal;
}

const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...systemMethods,
    ...databaseMethods,
    ...collectionMethods,
    ...partitionMethods,
    ...aliasMethods,
    ...loadMethods,
    ...indexMethods,
    ...dataMethods,
    ...searchMethods,
    ...hybridSearchMethods,
    ...queryMethods,
    ...flushMethods,
    ...schemaChangeMethods,
    ...segmentMethods,
    ...compactionMethods,
    ...replicaMethods,
    ...resourceGroupMethods,
    ...userMethods,
    ...roleMethods,
    ...grantMethods,
    ...privilegeGroupMethods,
    ...accessBackupMethods,
  }),
);

/** A method whose response is a status or has one: only those can say that something failed. */
interface AnsweringMethod {
  readonly output: DescMessage;
  /** The response's field that holds the status; absent when the response is the status. */
  readonly statusField?: string;
}

const answeringMethods: ReadonlyMap<string, AnsweringMethod> = new Map(
  MilvusServiceDescriptor.methods
    .filter(({ methodKind }) => methodKind === "unary")
    .flatMap(({ name, output }): [string, AnsweringMethod][] => {
      if (isStatus(output)) return [[name, { output }]];
      const field = output.fields.find(({ message }) => message !== undefined && isStatus(message));
      return field === undefined ? [] : [[name, { output, statusField: field.localName }]];
    }),
);

/** The names of MilvusService's methods that are carried out; the others answer code 10. */
export const implementedMethods: readonly string[] = [...methods.keys()].sort();

/**
 * Whether {@link MilvusService.handle} answers a method of this name, if only that it is not
 * carried out. Not so for the four whose responses have no place for a status.
 */
export function isKnownMethod(name: string): boolean {
  return answeringMethods.has(name);
}

/** Milvus's service over an engine's database: bytes of a request in, bytes of a response out. */
export class MilvusService {
  readonly #options: MilvusServiceOptions;
  readonly #access: AccessControl;
  readonly #iterators = new SearchIterators(randomUUID);

  constructor(options: MilvusServiceOptions) {
    this.#options = options;
    const { database } = options;
    this.#access =
      options.access ??
      new AccessControl({ database, isRequired: false, nowMs: () => performance.now() });
  }

  /** Throws `AccessError` for who has not signed in. */
  authenticate(context: CallContext): Promise<SignIn | undefined> {
    return this.#access.authenticate(context);
  }

  /**
   * Carries out one method of MilvusService, by its name (`"Search"`). Never throws for anything
   * that a client can do: errors are the status of the response. Clients take an error of the
   * transport for a lost connection and would try again for minutes.
   * Throws `AccessError` for a call that its caller may not make, before it is carried out, and
   * `RangeError` for a name that {@link isKnownMethod} does not know.
   */
  async handle(name: string, request: Uint8Array, context: CallContext): Promise<Uint8Array> {
    const answering = answeringMethods.get(name);
    if (answering === undefined) throw new RangeError(`MilvusService does not answer ${name}`);
    const { database, version } = this.#options;
    const databaseName = context.databaseName || "default";
    try {
      const user = await this.#access.admit(name, request, { ...context, databaseName });
      const method = methods.get(name);
      if (method === undefined) throw unimplemented(name);
      refuseDenied(name, request, { database, databaseName });
      return await method(request, {
        database,
        version,
        user,
        access: this.#access,
        iterators: this.#iterators,
        databaseName,
        ...(context.signal === undefined ? {} : { signal: context.signal }),
      });
    } catch (error) {
      if (error instanceof AccessError) throw error;
      this.#report(name, context, error);
      return encodeError(answering, error);
    }
  }

  #report(name: string, context: CallContext, error: unknown): void {
    if (toMilvusError(error).isInputError) return;
    this.#options.logger?.error(`${name} failed`, { method: name, peer: context.peer, error });
  }
}

function unimplemented(name: string): MilvusError {
  return new MilvusError("serviceUnimplemented", {
    message: `rpc ${name} is not supported by Redkite yet`,
  });
}

/** The method's response with nothing in it but the status. */
function encodeError({ output, statusField }: AnsweringMethod, error: unknown): Uint8Array {
  const status = toStatus(error);
  if (statusField === undefined) return toBinary(StatusSchema, status);
  return toBinary(output, create(output, { [statusField]: status }));
}

function isStatus({ typeName }: DescMessage): boolean {
  return typeName === StatusSchema.typeName;
}
