import type { FieldValue } from "../schema/field.ts";
import { isLabelListType, labelLists } from "../schema/label-shape.ts";
import type { NewSample } from "../schema/sample.ts";
import { isLabel } from "./sample-labels.ts";

/**
 * The sample with only the labels of these classes; `undefined` when it has none of them. Labels that
 * have no class stay.
 */
export function keepClasses(
  sample: NewSample,
  classes: ReadonlySet<string>,
): NewSample | undefined {
  const fields: Record<string, FieldValue | undefined> = {};
  let found = false;
  for (const [name, value] of Object.entries(sample)) {
    if (!isLabel(value)) continue;
    if (!isLabelListType(value.type)) {
      if (!("label" in value)) continue;
      if (classes.has(String(value.label))) found = true;
      else fields[name] = undefined;
      continue;
    }
    const { member } = labelLists[value.type];
    const labels: readonly { readonly label?: string }[] = Reflect.get(value, member);
    const kept = labels.filter(({ label }) => label !== undefined && classes.has(label));
    if (kept.length > 0) found = true;
    // The list is of its type still: it has fewer labels.
    fields[name] = { ...value, [member]: kept } as typeof value;
  }
  return found ? { ...sample, ...fields } : undefined;
}
