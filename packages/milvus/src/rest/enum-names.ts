/** One of Milvus's enums: numbers by their names. */
type Enum<N extends number> = Readonly<Record<string, N>>;

/** The name that an enum has for a number; the number itself when it has none. */
export function enumName(numbers: Enum<number>, number: number): string {
  const found = Object.entries(numbers).find(([, value]) => value === number);
  return found?.[0] ?? `${number}`;
}

/** The number of a name in an enum, in exactly these letters. */
export function enumNumber<N extends number>(numbers: Enum<N>, name: string): N | undefined {
  return Object.hasOwn(numbers, name) ? numbers[name] : undefined;
}
