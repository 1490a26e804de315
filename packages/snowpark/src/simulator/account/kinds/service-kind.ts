import { createHash } from "node:crypto";
import { ownName } from "../account-objects.ts";
import { dnsName } from "../addresses.ts";
import {
  booleanColumn,
  commentColumn,
  createdOnColumn,
  databaseColumn,
  nameColumn,
  numberColumn,
  ownerColumn,
  ownerRoleTypeColumn,
  schemaColumn,
  textColumn,
  timeColumn,
} from "../columns.ts";
import type { ObjectColumn, ObjectKind } from "../object-kind.ts";
import { deleteService, serviceStatus } from "../service-machine.ts";
import type { ServiceObject } from "../state.ts";
import { notPossible } from "../statement-error.ts";
import { queryResult } from "../statement-result.ts";
import { readServiceChange } from "./service-changes.ts";
import { readNewService } from "./service-creation.ts";

const beforeSpecification: readonly ObjectColumn<"SERVICE">[] = [
  nameColumn,
  textColumn("status", (service) => serviceStatus(service)),
  databaseColumn,
  schemaColumn,
  ownerColumn,
  textColumn("compute_pool", ({ computePool }) => computePool),
];

const specificationColumn: ObjectColumn<"SERVICE"> = textColumn(
  "spec",
  ({ specificationText }) => specificationText,
);

const afterSpecification: readonly ObjectColumn<"SERVICE">[] = [
  textColumn("dns_name", (service, { parts }) => dnsName(service, parts.behaviour)),
  numberColumn("current_instances", countInstances),
  numberColumn("target_instances", ({ minInstances }) => minInstances),
  numberColumn("min_ready_instances", ({ minReadyInstances }) => minReadyInstances),
  numberColumn("min_instances", ({ minInstances }) => minInstances),
  numberColumn("max_instances", ({ maxInstances }) => maxInstances),
  booleanColumn("auto_resume", ({ autoResume }) => autoResume),
  textColumn("external_access_integrations", ({ externalAccessIntegrations }) =>
    externalAccessIntegrations.length === 0 ? null : JSON.stringify(externalAccessIntegrations),
  ),
  createdOnColumn,
  timeColumn("updated_on", ({ updatedOn }) => updatedOn),
  timeColumn("resumed_on", ({ resumedOn }) => resumedOn),
  timeColumn("suspended_on", ({ suspendedOn }) => suspendedOn),
  numberColumn("auto_suspend_secs", ({ autoSuspendSecs }) => autoSuspendSecs),
  commentColumn,
  ownerRoleTypeColumn,
  textColumn("query_warehouse", ({ queryWarehouse }) => queryWarehouse),
  booleanColumn("is_job", ({ isJob }) => isJob),
  booleanColumn("is_async_job", ({ isAsyncJob }) => isAsyncJob),
  textColumn("spec_digest", ({ specificationText }) =>
    createHash("sha256").update(specificationText).digest("hex"),
  ),
  booleanColumn("is_upgrading", isUpgrading),
  textColumn("managing_object_domain", () => null),
  textColumn("managing_object_name", () => null),
];

/** Services, and jobs, which are services that end. */
export const serviceKind: ObjectKind<"SERVICE"> = {
  type: "SERVICE",
  words: ["SERVICE"],
  plural: ["JOB SERVICES", "SERVICES"],
  createPrivilege: "CREATE SERVICE",
  canReplace: false,
  readCreate: readNewService,
  readAlter: readServiceChange,
  readDrop(cursor) {
    const isForced = cursor.accept("FORCE");
    return async (service, context) => {
      context.require("OWNERSHIP", service);
      if (service.volumes.length > 0 && !isForced) {
        throw notPossible(
          `Cannot drop service '${ownName(service)}' because it uses block storage volumes. Use DROP SERVICE … FORCE to drop it and its volumes.`,
        );
      }
      await deleteService(service, context.parts);
      return "later";
    };
  },
  columns: [...beforeSpecification, ...afterSpecification],
  describe(service, context) {
    const columns = [...beforeSpecification, specificationColumn, ...afterSpecification];
    return queryResult(
      columns.map(({ name, type }) => ({ name, type })),
      [columns.map((column) => column.of(service, context))],
    );
  },
};

function countInstances(service: ServiceObject): number {
  return new Set(service.containers.map(({ instance }) => instance)).size;
}

/** While new containers of a service that was there before get ready. */
function isUpgrading(service: ServiceObject): boolean {
  return service.updatedOn > service.createdOn && serviceStatus(service) === "PENDING";
}
