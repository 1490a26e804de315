import { invalidParameter, MilvusError } from "../errors.ts";

// Letters are those of ASCII: with the flags i and u, a pattern would take the Kelvin sign for a k.

/** Bytes. Milvus's defaults (`proxy.maxUsernameLength` and its like). */
const userNameMax = 32;
const nameMax = 255;
const passwordMin = 6;
/** What bcrypt takes, with which Milvus hashes. */
const passwordMax = 72;

/** A user's name, without white space around it. Throws `MilvusError` for one against the rules. */
export function checkUserName(given: string): string {
  const name = given.trim();
  if (name === "") throw invalidParameter("username must be not empty");
  const length = Buffer.byteLength(name);
  if (length > userNameMax) {
    throw invalidParameter(
      `invalid username ${name} with length ${length}, the length of username must be less than ${userNameMax}`,
    );
  }
  if (!/^[a-z]/i.test(name)) {
    throw invalidParameter(
      `invalid user name ${name}, the first character must be a letter, but got ${firstOf(name)}`,
    );
  }
  const wrong = /[^a-zA-Z0-9_]/u.exec(name);
  if (wrong !== null) {
    throw invalidParameter(
      `invalid user name ${name}, username must contain only numbers, letters and underscores, but got ${wrong[0]}`,
    );
  }
  return name;
}

/** Throws `MilvusError` for a password that is too short or too long. */
export function checkPassword(password: string): void {
  const length = Buffer.byteLength(password);
  if (length >= passwordMin && length <= passwordMax) return;
  throw outOfRange("invalid password length", {
    value: length,
    min: passwordMin,
    max: passwordMax,
  });
}

/** The name of a role, object or privilege; `what` is how the message calls it. */
export function checkAccessName(given: string, what: string): void {
  const name = given.trim();
  if (name === "") {
    throw invalidParameter(`${what} should be not empty`, { expected: "not empty", actual: given });
  }
  const length = Buffer.byteLength(name);
  if (length > nameMax) {
    const message = `the length of ${what} must be not greater than limit`;
    throw outOfRange(message, { value: length, min: 0, max: nameMax });
  }
  if (!/^[a-z_]/i.test(name)) {
    throw invalidParameter(`the first character of ${what} must be an underscore or letter`, {
      expected: "_",
      actual: firstOf(name),
    });
  }
  const wrong = /[^a-zA-Z0-9_$]/u.exec(name);
  if (wrong !== null) {
    throw invalidParameter(
      `${what} can only contain numbers, letters, dollars and underscores, found ${wrong[0]} at ${wrong.index}`,
    );
  }
}

/** Throws `MilvusError` for the name of a privilege group that is against the rules. */
export function checkGroupName(name: string): void {
  if (name === "") throw invalidGroupName("privilege group name should not be empty");
  if (Buffer.byteLength(name) > nameMax) {
    throw invalidGroupName(
      `the length of a privilege group name ${name} must be less than ${nameMax} characters`,
    );
  }
  if (!/^[a-z_]/i.test(name)) {
    throw invalidGroupName(
      `the first character of a privilege group name ${name} must be an underscore or letter`,
    );
  }
  if (/[^a-zA-Z0-9_]/u.test(name)) {
    throw invalidParameter(
      `privilege group name ${name} can only contain numbers, letters and underscores`,
    );
  }
}

/** The description of a role or user. */
export function checkDescription(description: string, what: string): void {
  const length = Buffer.byteLength(description);
  if (length <= nameMax) return;
  const message = `the length of ${what} description must be not greater than limit`;
  throw outOfRange(message, { value: length, min: 0, max: nameMax });
}

function outOfRange(
  message: string,
  { value, min, max }: { value: number; min: number; max: number },
): MilvusError {
  const text = `invalid parameter[${value} out of range ${min} <= value <= ${max}]`;
  return new MilvusError("parameterInvalid", { message, text });
}

function invalidGroupName(message: string): MilvusError {
  return new MilvusError("privilegeGroupInvalidName", { message });
}

function firstOf(name: string): string {
  const [first] = name;
  return first;
}
