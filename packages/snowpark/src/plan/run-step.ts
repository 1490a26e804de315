import { redact } from "../base/redact.ts";
import { SnowparkError } from "../base/snowpark-error.ts";
import { likePattern, look, named } from "../resources/look.ts";
import type { DeploymentImage, RepositoryPlace, Statement, Step } from "../resources/resource.ts";
import type { ExecuteOptions } from "../session/snow-session.ts";
import { qualified } from "../sql/quote.ts";
import type { PlanContext } from "./plan-context.ts";

/** Where images are made and sent from. */
export interface ImageStore {
  /**
   * Pushes an image under its name and tag to a repository. Its address is as the account shows it, without a scheme and
   * with the path `/database/schema/repository`.
   *
   * @throws SnowparkError `image-failed`, `network`, `cancelled`, `unsupported`.
   */
  push(image: DeploymentImage, repositoryUrl: string, options: PushOptions): Promise<void>;
}

export interface PushOptions {
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal | undefined;
}

export interface StepTools extends PushOptions {
  readonly context: PlanContext;
  readonly images: ImageStore;
  readonly onStatement: (statement: { readonly role: string; readonly sql: string }) => void;
}

/** Does one step. A statement, once sent, is waited for: it is not cancelled in the middle. */
export async function runStep(step: Step, tools: StepTools): Promise<void> {
  if (step.kind === "push") {
    const url = await repositoryUrl(tools.context, step.repository);
    return tools.images.push(step.image, url, tools);
  }
  const { role, sql, secrets } = step.statement;
  tools.onStatement({ role, sql: shownSql(step.statement) });
  const options: ExecuteOptions =
    secrets === undefined ? { role } : { role, secrets: secrets.map(({ value }) => value) };
  await tools.context.session.execute(sql, options);
}

/** A statement as it may be shown. */
export function shownSql({ sql, secrets = [] }: Statement): string {
  return secrets.length === 0
    ? sql
    : redact(
        sql,
        secrets.map(({ value }) => value),
      );
}

async function repositoryUrl(context: PlanContext, place: RepositoryPlace): Promise<string> {
  const { database, schema, repository } = place;
  const show = `SHOW IMAGE REPOSITORIES LIKE ${likePattern(repository)} IN SCHEMA ${qualified(database, schema)}`;
  const rows = await look(context, await context.schemaReader(), show);
  const url = named(rows, repository)?.["repository_url"] ?? "";
  if (url === "") {
    const name = qualified(database, schema, repository);
    throw new SnowparkError("not-found", `The image repository ${name} has no address to push to`);
  }
  return url;
}
