import { createService, serviceShape } from "../kinds/service-creation.ts";
import { booleanProperty, integerProperty, nameProperty, readProperties } from "../properties.ts";
import { readSpecificationSource, type SpecificationSource } from "../service-definition.ts";
import { serviceStatus } from "../service-machine.ts";
import type { ServiceObject } from "../state.ts";
import type { Statement } from "../statement.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { alreadyExists, missingOptions, serviceError } from "../statement-error.ts";
import { type RowsOutcome, statusResult } from "../statement-result.ts";
import { pause } from "./system-functions.ts";

const jobShape = {
  NAME: nameProperty,
  ASYNC: booleanProperty,
  REPLICAS: integerProperty(1, 50),
  QUERY_WAREHOUSE: serviceShape.QUERY_WAREHOUSE,
  EXTERNAL_ACCESS_INTEGRATIONS: serviceShape.EXTERNAL_ACCESS_INTEGRATIONS,
  COMMENT: serviceShape.COMMENT,
};

/** `EXECUTE JOB SERVICE IN COMPUTE POOL … NAME = … FROM …`: waits for the end unless ASYNC. */
export function readExecuteJob(cursor: StatementCursor): Statement {
  cursor.expect("JOB SERVICE IN COMPUTE POOL");
  const pool = cursor.identifier();
  const early = readProperties(cursor, jobShape);
  const source = readSpecificationSource(cursor);
  const properties = { ...early, ...readProperties(cursor, jobShape) };
  cursor.expectEnd();
  return (context) => run(pool, source, properties, context);
}

async function run(
  pool: string,
  source: SpecificationSource,
  properties: ReturnType<typeof readProperties<typeof jobShape>>,
  context: StatementContext,
): Promise<RowsOutcome> {
  const { NAME: written, ASYNC: isAsync = false, REPLICAS: replicas = 1, ...others } = properties;
  if (written === undefined) throw missingOptions(["NAME"]);
  const name = context.qualify("SERVICE", written);
  const schema = context.parentOf(name);
  if (!context.access.mayCreate(context.actor, "CREATE SERVICE", schema)) {
    throw context.forbidden(schema);
  }
  if (context.objects.find("SERVICE", name) !== undefined) throw alreadyExists(name.at(-1) ?? "");
  const job = await createService(
    {
      id: context.objects.takeId(),
      name,
      owner: context.session.role,
      createdOn: context.now,
    },
    {
      pool,
      source,
      properties: { ...others, MIN_INSTANCES: replicas, MAX_INSTANCES: replicas },
      job: { isAsync },
    },
    context,
  );
  context.objects.add(job);
  if (!isAsync) await waitForEnd(job, context);
  const ended = isAsync ? "started" : "completed";
  return statusResult(
    `Job ${job.name.at(-1)} ${ended} successfully with status: ${serviceStatus(job)}.`,
  );
}

async function waitForEnd(job: ServiceObject, context: StatementContext): Promise<void> {
  for (;;) {
    await context.parts.advance();
    const status = serviceStatus(job);
    if (status === "DONE") return;
    if (status !== "PENDING" && status !== "RUNNING") {
      throw serviceError(`Job ${job.name.at(-1)} failed with status: ${status}.`);
    }
    await pause(context, 1000);
  }
}
