/** A JSON value with its integers kept apart from its floats: an integer is a bigint. */
export type JsonValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

/**
 * Reads JSON text. Unlike `JSON.parse` it keeps integers exact, whatever their size, and of a
 * repeated key it keeps the first, as Milvus's parser (simdjson) does. The text is known to be
 * JSON: it was checked when it was inserted.
 */
export function parseJson(text: string): JsonValue {
  return new JsonParser(text).value();
}

const tokenPattern = /[\s,:]*("(?:[^"\\]|\\.)*"|[{}[\]]|[^\s,:{}[\]"]+)/sy;

class JsonParser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): JsonValue {
    return this.#from(this.#next());
  }

  #from(token: string): JsonValue {
    switch (token[0]) {
      case "{":
        return this.#object();
      case "[":
        return this.#array();
      case '"':
        return JSON.parse(token);
      case "t":
        return true;
      case "f":
        return false;
      case "n":
        return null;
      default:
        return /^-?\d+$/.test(token) ? BigInt(token) : Number(token);
    }
  }

  #object(): JsonValue {
    const members = new Map<string, JsonValue>();
    for (let token = this.#next(); token !== "}"; token = this.#next()) {
      const key: string = JSON.parse(token);
      const value = this.value();
      if (!members.has(key)) members.set(key, value);
    }
    return members;
  }

  #array(): JsonValue {
    const elements: JsonValue[] = [];
    for (let token = this.#next(); token !== "]"; token = this.#next()) {
      elements.push(this.#from(token));
    }
    return elements;
  }

  #next(): string {
    tokenPattern.lastIndex = this.#position;
    const token = tokenPattern.exec(this.#text)?.[1];
    if (token === undefined) throw new SyntaxError("The text of a JSON value ends too early");
    this.#position = tokenPattern.lastIndex;
    return token;
  }
}
