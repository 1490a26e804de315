/** What clients of gRPC may do. */
export interface GrpcLimits {
  /** Bytes of a request, also of what it is once it is decompressed. */
  readonly receivedBytes: number;
  /** Bytes of an answer. */
  readonly sentBytes: number;
  /** Bytes of all requests and answers of a connection that are on their way. */
  readonly heldBytes: number;
  /** Calls of one connection at a time; clients wait with more. */
  readonly calls: number;
  /** How long all of a request may take to come. */
  readonly requestMs: number;
  /** After how long a silence a client is asked whether it is still there. It has a third of this to answer. */
  readonly pingMs: number;
  /** How long a connection may be without a call. Clients make another one by themselves. */
  readonly idleMs: number;
}

const MiB = 1024 * 1024;

export const initialGrpcLimits: GrpcLimits = {
  // Milvus 3.0's (`proxy.grpc.serverMaxRecvSize` and `serverMaxSendSize`).
  receivedBytes: 128 * MiB,
  sentBytes: 256 * MiB,
  heldBytes: 1_024 * MiB,
  calls: 1_000,
  // 128 MiB at 0.5 MB a second.
  requestMs: 300_000,
  pingMs: 60_000,
  idleMs: 30 * 60_000,
};
