/** A value for a `{name}` in a filter. */
export type TemplateValue = boolean | bigint | number | string | readonly TemplateValue[];
