import { aliasRoutes } from "./alias-routes.ts";
import { analyzerRoutes } from "./analyzer-routes.ts";
import { collectionRoutes } from "./collection-routes.ts";
import { databaseRoutes } from "./database-routes.ts";
import { entityRoutes } from "./entity-routes.ts";
import { fieldRoutes } from "./field-routes.ts";
import { indexRoutes } from "./index-routes.ts";
import { partitionRoutes } from "./partition-routes.ts";
import { privilegeGroupRoutes } from "./privilege-group-routes.ts";
import { refusedRoutes } from "./refused-routes.ts";
import { resourceGroupRoutes } from "./resource-group-routes.ts";
import type { RestRoute } from "./rest-route.ts";
import { roleRoutes } from "./role-routes.ts";
import { searchRoutes } from "./search-routes.ts";
import { segmentRoutes } from "./segment-routes.ts";
import { userRoutes } from "./user-routes.ts";

/** What all routes begin with. */
export const routePrefix = "/v2/vectordb";

/** All addresses of the API, without their prefix. */
export const restRoutes: readonly RestRoute[] = [
  ...collectionRoutes,
  ...fieldRoutes,
  ...databaseRoutes,
  ...entityRoutes,
  ...searchRoutes,
  ...partitionRoutes,
  ...indexRoutes,
  ...aliasRoutes,
  ...userRoutes,
  ...roleRoutes,
  ...privilegeGroupRoutes,
  ...segmentRoutes,
  ...resourceGroupRoutes,
  ...analyzerRoutes,
  ...refusedRoutes,
];
