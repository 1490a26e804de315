import { invalidParameter } from "../errors.ts";
import { ConsistencyLevel } from "../wire/gen/common_pb.ts";

const levels: ReadonlyMap<string, ConsistencyLevel> = new Map([
  ["Strong", ConsistencyLevel.Strong],
  ["Session", ConsistencyLevel.Session],
  ["Bounded", ConsistencyLevel.Bounded],
  ["Eventually", ConsistencyLevel.Eventually],
  ["Customized", ConsistencyLevel.Customized],
]);

/** The level of a name, in the letters that Milvus has it in. */
export function consistencyLevelNamed(name: string): ConsistencyLevel | undefined {
  return levels.get(name);
}

/** What a read asks for: the collection's level unless it names another. Throws `MilvusError`. */
export function readConsistency(name: string): {
  consistencyLevel: ConsistencyLevel;
  useDefaultConsistency: boolean;
} {
  if (name === "") {
    return { consistencyLevel: ConsistencyLevel.Bounded, useDefaultConsistency: true };
  }
  const consistencyLevel = levels.get(name);
  if (consistencyLevel !== undefined) return { consistencyLevel, useDefaultConsistency: false };
  throw invalidParameter(
    `consistencyLevel can only be [${[...levels.keys()].join(", ")}], default: Bounded, ` +
      `err:parameter:'${name}' is incorrect, please check it`,
  );
}
