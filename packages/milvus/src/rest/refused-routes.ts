import { MilvusError } from "../errors.ts";
import { bodyShape } from "./body-shape.ts";
import type { MethodName } from "./rest-call.ts";
import { type RestRoute, route } from "./rest-route.ts";

/** What is not carried out yet, by address, and the method of MilvusService that it would take. */
const addresses: Readonly<Record<string, MethodName>> = {
  "/jobs/import/list": "listImportTasks",
  "/jobs/import/create": "import",
  "/jobs/import/get_progress": "getImportState",
  "/jobs/import/describe": "getImportState",
  "/jobs/import/commit": "import",
  "/jobs/import/abort": "import",
  "/jobs/snapshot/restore_external": "restoreExternalSnapshot",
  "/jobs/snapshot/export": "exportSnapshot",
  "/jobs/snapshot/export/describe": "exportSnapshot",
  "/jobs/snapshot/describe": "getRestoreSnapshotState",
  "/jobs/snapshot/list": "listRestoreSnapshotJobs",
  "/jobs/external_collection/refresh": "refreshExternalCollection",
  "/jobs/external_collection/describe": "getRefreshExternalCollectionProgress",
  "/jobs/external_collection/list": "listRefreshExternalCollectionJobs",
  "/snapshots/create": "createSnapshot",
  "/snapshots/drop": "dropSnapshot",
  "/snapshots/list": "listSnapshots",
  "/snapshots/describe": "describeSnapshot",
  "/snapshots/restore": "restoreSnapshot",
  "/snapshots/pin": "pinSnapshotData",
  "/snapshots/unpin": "unpinSnapshotData",
  "/file_resources/add": "addFileResource",
  "/file_resources/remove": "removeFileResource",
  "/file_resources/list": "listFileResources",
  "/quotacenter/describe": "getMetrics",
};

/** Jobs, snapshots and what only a cluster has: refused by name. */
export const refusedRoutes: readonly RestRoute[] = Object.entries(addresses).map(([path, method]) =>
  route({
    path,
    method,
    summary: "Not supported yet",
    body: bodyShape("EmptyReq", {}),
    run: () =>
      Promise.reject(
        new MilvusError("serviceUnimplemented", {
          message: `REST address ${path} is not supported by Redkite yet`,
        }),
      ),
  }),
);
