import { type Deployment, inSchema, resourceId, schemaName } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, type ResourceContext, run, type Statement } from "./resource.ts";

/** An object of the deployment's schema that depends on nothing else, and what it should be. */
export interface SchemaObject {
  readonly kind: "image repository" | "stage" | "secret" | "network rule";
  readonly name: string;
  readonly atEnd: Resource["atEnd"];
  /** What its marker stands for. */
  readonly wanted: unknown;
  /** What `CREATE` says of it between its name and its comment. */
  readonly definition: (context: ResourceContext) => Pick<Statement, "sql" | "secrets">;
  /** What no column shows, and what `SET` makes it. */
  readonly unshown?: { readonly field: string; readonly sql: string };
}

/** The resource of an object of the deployment's schema. */
export function schemaObject(deployment: Deployment, object: SchemaObject): Resource {
  const { config } = deployment;
  const { ownerRole } = config.names;
  const { kind, name, atEnd, unshown } = object;
  const type = kind.toUpperCase();
  const full = inSchema(deployment, name);
  const marker = markerOf(config.name, object.wanted);
  const comment = commentClause(marker);
  return {
    id: resourceId(kind, full),
    kind,
    name: full,
    dependsOn: [resourceId("schema", schemaName(deployment))],
    atEnd,
    async observe(context) {
      const types = `${type.replace(/Y$/, "IE")}S`;
      const show = `SHOW ${types} LIKE ${likePattern(name)} IN SCHEMA ${schemaName(deployment)}`;
      const rows = await look(context, await context.schemaReader(), show);
      const { sql, secrets } = object.definition(context);
      const alter = (set: string) => run(ownerRole, `ALTER ${type} ${full} SET ${set}`);
      return observeMarked(named(rows, name), {
        marker,
        create: [run(ownerRole, `CREATE ${type} IF NOT EXISTS ${full} ${sql} ${comment}`, secrets)],
        ...(unshown === undefined
          ? {}
          : { unshown: { field: unshown.field, steps: [alter(unshown.sql)] } }),
        mark: alter(comment),
        remove: [run(ownerRole, `DROP ${type} IF EXISTS ${full}`)],
      });
    },
  };
}
