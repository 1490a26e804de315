/** Whether a value of JSON is a whole number from `min` to `max`. */
export function isCount(value: unknown, min = 0, max: number = 2 ** 32 - 1): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}
