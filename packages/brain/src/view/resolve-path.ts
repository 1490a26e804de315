import { BrainError } from "../base/brain-error.ts";
import { bounded, type Compiled, memberOf } from "./compiled.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import {
  describeType,
  findMember,
  JSON_VALUE,
  type ListValueType,
  listOf,
  type StructValueType,
  toCamelCase,
} from "./value-type.ts";

/**
 * The value at a path, such as "ground_truth.detections.label": of a list, that of each element.
 *
 * @throws {BrainError} `field-not-found`, naming the step that leads nowhere and those that there are.
 */
export function resolvePath(start: Compiled, path: string, params: SqlParameters): Compiled {
  const walk = (value: Compiled, steps: readonly string[]): Compiled => {
    const [step, ...rest] = steps;
    if (step === undefined) return value;
    const { sql, type } = value;
    switch (type.kind) {
      case "struct": {
        const member = findMember(type, step);
        if (member === undefined) throw noMember(path, step, type);
        return walk({ sql: memberOf(value, member.column), type: member.type }, rest);
      }
      case "list": {
        if (type.step !== undefined) return walk(throughStep(value, type, step, path), rest);
        const name = params.newName();
        const inner = walk({ sql: name, type: type.element }, steps);
        const mapped = `list_transform(${sql}, lambda ${name}: ${inner.sql})`;
        return bounded({ sql: mapped, type: listOf(inner.type) });
      }
      case "json": {
        const pointer = steps.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
        const key = params.bind(pointer.join(""), "VARCHAR");
        return { sql: `json_extract(${sql}, ${key})`, type: JSON_VALUE };
      }
      default:
        throw new BrainError(
          "field-not-found",
          `There is nothing at "${path}": "${step}" is a part of a ${describeType(type)}`,
          { details: { path, step } },
        );
    }
  };
  return walk(start, path === "" ? [] : path.split("."));
}

function throughStep(value: Compiled, type: ListValueType, step: string, path: string): Compiled {
  if (toCamelCase(step) === type.step) return { sql: value.sql, type: elementsOf(type) };
  throw new BrainError(
    "field-not-found",
    `There is nothing at "${path}": write "${type.step}.${step}" for "${step}" of the labels of a list`,
    { details: { path, step } },
  );
}

/** The type of the list itself, its step taken. */
function elementsOf({ element, field }: ListValueType): ListValueType {
  return { kind: "list", element, ...(field !== undefined && { field }) };
}

function noMember(path: string, step: string, type: StructValueType): BrainError {
  const names = [...type.members.keys()];
  const hint = type.members.has("attributes") ? `; an attribute is "attributes.${step}"` : "";
  const where = path === step ? "" : ` of "${path}"`;
  return new BrainError(
    "field-not-found",
    `There is no "${step}"${where} in a ${type.name}: it has ${names.join(", ")}${hint}`,
    { details: { path, step, allowed: names } },
  );
}
