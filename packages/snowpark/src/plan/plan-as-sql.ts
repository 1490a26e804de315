import type { Statement, Step } from "../resources/resource.ts";
import { identifier, literal } from "../sql/quote.ts";
import type { Plan } from "./plan.ts";

/**
 * A plan as a script for SnowSQL and for `redkite snowpark sql`: what is to be done now, in an order in which it can be
 * done. Secrets are variables. What SQL can't do, pushing images, stands in comments; a script that stops at a service
 * because its image is not there can be run again, up to what creates functions.
 */
export function planAsSql(plan: Plan): string {
  const steps = plan.nodes.flatMap(({ action }) => action.steps);
  const lines: string[] = [...heading(plan, steps)];
  let role = "";
  for (const { resource, action, goal } of plan.nodes) {
    if (action.kind === "refused" || action.kind === "wait") {
      lines.push("", comment(`${resource.id}: ${action.reason}`));
    }
    if (action.steps.length > 0) {
      lines.push("", comment(`${action.kind} ${resource.id}`));
    }
    for (const step of action.steps) {
      if (step.kind === "push") {
        lines.push(...pushComment(step));
        continue;
      }
      if (step.statement.role !== role) {
        role = step.statement.role;
        lines.push(`USE ROLE ${escaped(identifier(role))};`);
      }
      lines.push(`${scripted(step.statement)};`);
    }
    if (goal === "absent" && resource.kind === "service" && action.steps.length > 0) {
      lines.push(comment("A compute pool can't be dropped before its services have gone"));
    }
  }
  return `${lines.join("\n")}\n`;
}

function heading(plan: Plan, steps: readonly Step[]): string[] {
  const variables = new Set(
    steps
      .flatMap((step) => (step.kind === "statement" ? (step.statement.secrets ?? []) : []))
      .map(({ variable }) => variable),
  );
  return [
    comment(`${plan.goal} of the deployment ${plan.deployment.config.name}`),
    "!set variable_substitution=true",
    ...[...variables].map((name) =>
      comment(`Give the variable ${name}, a password of your own, as in: snowsql -D ${name}=…`),
    ),
  ];
}

/** Secrets stand in their statements as {@link literal} writes them. */
function scripted({ sql, secrets = [] }: Statement): string {
  const [secret, ...others] = secrets;
  if (secret === undefined || secret.value === "") return escaped(sql);
  const spelled = literal(secret.value).slice(1, -1);
  return sql
    .split(spelled)
    .map((part) => scripted({ role: "", sql: part, secrets: others }))
    .join(`&{${secret.variable}}`);
}

/** `&` begins a variable in a script; doubled, it is itself. */
function escaped(text: string): string {
  return text.replaceAll("&", "&&");
}

function pushComment(step: Extract<Step, { kind: "push" }>): string[] {
  const { image, repository } = step;
  const place =
    `${repository.database}/${repository.schema}/${repository.repository}`.toLowerCase();
  return [
    comment(`Push the image now: ${place}/${image.name}:${image.tag}`),
    comment("redkite snowpark images push"),
  ];
}

/** A comment ends with its line, whatever stands in it. */
function comment(text: string): string {
  return `-- ${escaped(text.replaceAll(/[\r\n\u2028\u2029]+/g, " "))}`;
}
