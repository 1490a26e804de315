import { bodyShape, bool, text, texts } from "./body-shape.ts";
import { type RestRoute, route } from "./rest-route.ts";

export const analyzerRoutes: readonly RestRoute[] = [
  route({
    path: "/common/run_analyzer",
    method: "runAnalyzer",
    summary: "Tells into what tokens an analyzer takes texts apart",
    body: bodyShape("RunAnalyzerReq", {
      dbName: text(),
      collectionName: text(),
      fieldName: text(),
      analyzerParams: text(),
      analyzerNames: texts(),
      text: texts(),
      withDetail: bool(),
      withHash: bool(),
    }),
    run: async (body, call) => {
      const { results } = await call.invoke("runAnalyzer", {
        dbName: call.databaseName,
        collectionName: body.collectionName,
        fieldName: body.fieldName,
        analyzerParams: body.analyzerParams,
        analyzerNames: [...body.analyzerNames],
        placeholder: body.text.map((item) => new TextEncoder().encode(item)),
        withDetail: body.withDetail,
        withHash: body.withHash,
      });
      return {
        data: {
          results: results.map(({ tokens }) => ({
            tokens: tokens.map((token) => ({
              token: token.token,
              ...(body.withDetail
                ? {
                    startOffset: token.startOffset,
                    endOffset: token.endOffset,
                    position: token.position,
                    positionLength: token.positionLength,
                  }
                : {}),
              ...(body.withHash ? { hash: token.hash } : {}),
            })),
          })),
        },
      };
    },
  }),
];
