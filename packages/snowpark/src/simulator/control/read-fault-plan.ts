import { isRecord } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { FaultPlan } from "./faults.ts";

const readers: { readonly [K in keyof Required<FaultPlan>]: (value: unknown) => FaultPlan[K] } = {
  failStatement: (value) => {
    if (!isRecord(value)) throw wrong("failStatement", "{number, code, message}");
    const { number, code, message } = value;
    if (typeof code !== "string" || typeof message !== "string") {
      throw wrong("failStatement", "{number, code, message}");
    }
    return { number: count("failStatement.number", number), code, message };
  },
  dropBeforeStatement: (value) => count("dropBeforeStatement", value),
  dropAfterStatement: (value) => count("dropAfterStatement", value),
  unavailable: (value) => count("unavailable", value),
  registryRefusal: (value) => count("registryRefusal", value),
  poolsNeverStart: (value) => truth("poolsNeverStart", value),
  noCapacity: (value) => truth("noCapacity", value),
};

/** Reads a plan of faults. Throws {@link HttpFailure} 400 for an unknown fault: it would let a test pass for nothing. */
export function readFaultPlan(body: Readonly<Record<string, unknown>>): FaultPlan {
  const plan: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!isFault(name)) {
      throw new HttpFailure(400, `No fault ${name}: there are ${Object.keys(readers).join(", ")}`);
    }
    plan[name] = readers[name](value);
  }
  return plan;
}

function isFault(name: string): name is keyof FaultPlan {
  return Object.hasOwn(readers, name);
}

function count(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw wrong(name, "a whole number from 1");
}

function truth(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(name, "true or false");
}

function wrong(name: string, wanted: string): HttpFailure {
  return new HttpFailure(400, `${name} has to be ${wanted}`);
}
