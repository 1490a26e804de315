/**
 * Where a value is not as wanted, such as `spec.containers[0].image`. What the value has beside what is wanted is not
 * looked at: accounts fill in defaults.
 */
export function differingPlaces(wanted: unknown, is: unknown, place: string = ""): string[] {
  if (typeof wanted !== "object" || wanted === null) {
    return wanted === is ? [] : [place];
  }
  if (typeof is !== "object" || is === null || Array.isArray(wanted) !== Array.isArray(is)) {
    return [place];
  }
  const other = new Map<string, unknown>(Object.entries(is));
  const inner = Object.entries(wanted).flatMap(([key, value]) => {
    const name = Array.isArray(wanted) ? `[${key}]` : place === "" ? key : `.${key}`;
    return differingPlaces(value, other.get(key), `${place}${name}`);
  });
  const isLonger = Array.isArray(wanted) && Array.isArray(is) && is.length > wanted.length;
  return isLonger ? [...inner, place] : inner;
}
