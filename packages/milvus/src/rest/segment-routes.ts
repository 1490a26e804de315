import { bodyShape, int64, listOf, text } from "./body-shape.ts";
import { type RestRoute, route } from "./rest-route.ts";

export const segmentRoutes: readonly RestRoute[] = [
  route({
    path: "/segments/describe",
    method: "getPersistentSegmentInfo",
    summary: "Describes segments of a collection that are in files",
    body: bodyShape("GetSegmentsInfoReq", {
      dbName: text(),
      collectionID: int64(),
      segmentIDs: listOf(int64()),
    }),
    run: async ({ collectionID, segmentIDs }, call) => {
      const dbName = call.databaseName;
      const { collectionName } = await call.invoke("describeCollection", { dbName, collectionID });
      const { infos } = await call.invoke("getPersistentSegmentInfo", { dbName, collectionName });
      const wanted = new Set(segmentIDs);
      return {
        data: {
          segmentInfos: infos
            .filter(({ segmentID }) => wanted.has(segmentID))
            .map((info) => ({
              segmentID: info.segmentID,
              collectionID: info.collectionID,
              partitionID: info.partitionID,
              numRows: info.numRows,
              state: info.state,
              level: info.level,
              isSorted: info.isSorted,
            })),
        },
      };
    },
  }),
];
