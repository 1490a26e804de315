import { identifier, literal } from "../sql/quote.ts";
import { accountReader, type Deployment, resourceId } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, difference, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";

/** The warehouse for the notebook's SQL and for calls of the functions. It sleeps until it is used. */
export function warehouse(deployment: Deployment): Resource {
  const { config } = deployment;
  const { ownerRole, warehouse: name } = config.names;
  const { size, autoSuspendSeconds } = config.warehouse;
  const marker = markerOf(config.name, { size, autoSuspendSeconds });
  const comment = commentClause(marker);
  const alter = `ALTER WAREHOUSE ${identifier(name)} SET`;
  return {
    id: resourceId("warehouse", name),
    kind: "warehouse",
    name,
    dependsOn: [resourceId("owner grants", ownerRole), resourceId("role grants", ownerRole)],
    atEnd: "removed",
    async observe(context) {
      const show = `SHOW WAREHOUSES LIKE ${likePattern(name)}`;
      const row = named(await look(context, accountReader(deployment), show), name);
      return observeMarked(row, {
        marker,
        create: [
          run(
            ownerRole,
            `CREATE WAREHOUSE IF NOT EXISTS ${identifier(name)} WAREHOUSE_SIZE = ${literal(size)} AUTO_SUSPEND = ${autoSuspendSeconds} AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE ${comment}`,
          ),
        ],
        changes: [
          ...difference(
            "size",
            { is: plainSize(row?.["size"]), wanted: plainSize(size) },
            run(ownerRole, `${alter} WAREHOUSE_SIZE = ${literal(size)}`),
          ),
          ...difference(
            "auto_suspend",
            { is: row?.["auto_suspend"], wanted: String(autoSuspendSeconds) },
            run(ownerRole, `${alter} AUTO_SUSPEND = ${autoSuspendSeconds}`),
          ),
        ],
        mark: run(ownerRole, `${alter} ${comment}`),
        remove: [run(ownerRole, `DROP WAREHOUSE IF EXISTS ${identifier(name)}`)],
      });
    },
  };
}

/** `X-SMALL`, `XSMALL` and `X-Small` are one size. */
function plainSize(size: string | null | undefined): string {
  return (size ?? "").toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
}
