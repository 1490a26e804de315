/** A JSON value in which integers beyond 2^53 are bigints, so that none is rounded. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Only texts with an integer of so many digits can hold one that a double rounds. */
const longInteger = /(?:^|[[,:\s])-?\d{16,}(?![\d.eE])/;
const stringsAndNumbers = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const integer = /^-?\d+$/;

/** Like `JSON.parse`, but exact for integers of any size. Throws `SyntaxError`. */
export function parseJson(text: string): JsonValue {
  if (!longInteger.test(text)) return JSON.parse(text) as JsonValue;
  const tag = tagNotIn(text);
  const tagged = text.replace(stringsAndNumbers, (token) =>
    integer.test(token) && !Number.isSafeInteger(Number(token)) ? `"${tag}${token}"` : token,
  );
  return JSON.parse(tagged, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(tag) ? BigInt(value.slice(tag.length)) : value,
  ) as JsonValue;
}

/**
 * Like `JSON.stringify`, with bigints as integers of all their digits and typed arrays as arrays.
 * Answers `undefined` for what JSON has no form for.
 */
export function stringifyJson(value: unknown): string | undefined {
  let hasBigint = false;
  const plain = (_key: string, item: unknown): unknown => {
    if (typeof item === "bigint") hasBigint = true;
    return typeof item === "bigint" ? String(item) : toPlainArray(item);
  };
  const text: string | undefined = JSON.stringify(value, plain);
  if (!hasBigint || text === undefined) return text;
  const tag = tagNotIn(text);
  const tagged = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? `${tag}${item}` : toPlainArray(item),
  );
  return tagged.replaceAll(new RegExp(`"${tag}(-?\\d+)"`, "g"), "$1");
}

function toPlainArray(item: unknown): unknown {
  return isTypedArray(item) ? Array.from(item) : item;
}

function isTypedArray(item: unknown): item is ArrayLike<number | bigint> {
  return ArrayBuffer.isView(item) && !(item instanceof DataView);
}

/** A short text of letters that does not occur in `text`. */
function tagNotIn(text: string): string {
  let tag = "int:";
  while (text.includes(tag)) tag = `x${tag}`;
  return tag;
}
