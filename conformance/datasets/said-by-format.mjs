/** What of a dataset a format can say: only that is compared. */

/**
 * @param {{samples: any[], properties: any}} described @param {import("./formats.mjs").Format} format
 * @param {string[]} leftOut fields
 */
export function saidByFormat({ samples, properties }, format, leftOut = []) {
  const kept = samples
    .map((sample) => sampleOf(sample, format, leftOut))
    .filter(({ fields }) => format.unlabelled !== false || Object.keys(fields).length > 0);
  return {
    samples: kept,
    ...(format.members === "all" ? { properties } : {}),
    ...(format.numbered ? { classes: properties.default_classes } : {}),
  };
}

function sampleOf(
  { name, tags, id, times, metadata, fields },
  { members, tags: hasTags },
  leftOut,
) {
  const present = Object.entries(fields).filter(([field]) => !leftOut.includes(field));
  const isAll = members === "all";
  return {
    name,
    ...(hasTags ? { tags } : {}),
    ...(isAll ? { id, metadata } : {}),
    ...(isAll && !leftOut.includes("created_at") ? { created_at: times[0] } : {}),
    fields: isAll
      ? Object.fromEntries(present)
      : Object.fromEntries(
          present
            .map(([field, value]) => [field, labelOf(value, members)])
            // No labels, no list of labels, and no text are one in most formats.
            .filter(([, value]) => value !== "" && (!Array.isArray(value) || value.length > 0)),
        ),
  };
}

/** The members that the format has, of a label or of each of a list. */
function labelOf(value, members) {
  if (typeof value !== "object" || value.type === undefined) return value;
  const list = value[value.type.toLowerCase()];
  if (Array.isArray(list)) return list.map((label) => chosen(label, members));
  return chosen(value, members);
}

function chosen(label, members) {
  const present = members.filter((member) => label[member] !== undefined);
  return Object.fromEntries(present.map((member) => [member, label[member]]));
}

/** Files of pixels and of shares have six decimals. */
const TOLERANCE = 1e-6;

/**
 * @param {any} expected @param {any} found
 * @param {number} tolerance of numbers
 * @returns {string[]} a line for each difference
 */
export function differencesIn(expected, found, tolerance, path = "") {
  if (typeof expected === "number" && typeof found === "number") {
    return Math.abs(expected - found) <= tolerance ? [] : [told(path, expected, found)];
  }
  if (!isNested(expected) || !isNested(found)) {
    return expected === found ? [] : [told(path, expected, found)];
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...keys].flatMap((key) =>
    differencesIn(expected[key], found[key], tolerance, `${path}.${key}`),
  );
}

/** @param {import("./formats.mjs").Format} format */
export function toleranceOf({ members }) {
  return members === "all" ? 0 : TOLERANCE;
}

function isNested(value) {
  return typeof value === "object" && value !== null;
}

function told(path, expected, found) {
  return `${path.slice(1)}: expected ${shown(expected)}, found ${shown(found)}`;
}

function shown(value) {
  return (JSON.stringify(value) ?? "nothing").slice(0, 120);
}
