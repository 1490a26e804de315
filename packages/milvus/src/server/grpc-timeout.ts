import { GrpcError, grpcCodes } from "./grpc-error.ts";

const unitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** The longest that a timer can wait: 24 days. */
const timerMsMax = 2 ** 31 - 1;

/** Milliseconds of a `grpc-timeout` header, such as `1500m`. Throws `GrpcError`. */
export function parseGrpcTimeout(text: string): number {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new GrpcError(grpcCodes.internal, `Invalid grpc-timeout value "${text}"`);
  }
  return Math.min(Number(digits) * unitMs[unit], timerMsMax);
}
