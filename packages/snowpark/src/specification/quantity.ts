const binaryUnits: Readonly<Record<string, number>> = {
  "": 1,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** An amount of memory or storage, such as `512Mi` or `2G`. */
export const memoryPattern: RegExp = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|K|M|G|T)?$/;

/** A number of processors, such as `0.5` or `500m`. */
export const cpuPattern: RegExp = /^(\d+(?:\.\d+)?)(m)?$/;

/** The bytes of an amount such as `512Mi`. `undefined` when it is none. */
export function memoryBytes(amount: string): number | undefined {
  const match = memoryPattern.exec(amount);
  const unit = binaryUnits[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** The processors of an amount such as `0.5` or `500m`. `undefined` when it is none. */
export function cpuCount(amount: string | number): number | undefined {
  const match = cpuPattern.exec(String(amount));
  if (match === null) {
    return undefined;
  }
  return Number(match[1]) / (match[2] === "m" ? 1000 : 1);
}
