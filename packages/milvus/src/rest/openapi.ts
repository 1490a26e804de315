import { type JsonSchema, schemaOf } from "./body-shape.ts";
import type { RestRoute } from "./rest-route.ts";
import { restRoutes, routePrefix } from "./routes.ts";

/** The address of the API's description. */
export const openApiPath = "/v2/openapi.json";

/** The description of the API in OpenAPI 3.1, from the table of its routes. */
export function openApi(version: string): JsonSchema {
  return {
    openapi: "3.1.0",
    info: {
      title: "Redkite",
      version,
      description:
        "Milvus's REST API v2. Every answer has the HTTP status 200 and a code, 0 for success, " +
        "but 401, 403, 404, 408 and 413.",
    },
    security: [{ token: [] }, { password: [] }],
    paths: Object.fromEntries(
      restRoutes.map((route) => [`${routePrefix}${route.path}`, pathOf(route)]),
    ),
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "user:password" },
        password: { type: "http", scheme: "basic" },
      },
      schemas: { Answer: answer },
    },
  };
}

const answer: JsonSchema = {
  type: "object",
  required: ["code"],
  properties: {
    code: { type: "integer", description: "0, or Milvus's code of the error" },
    data: { description: "What was asked for, when the code is 0" },
    message: { type: "string", description: "What went wrong" },
    cost: { type: "integer" },
    topks: { type: "array", items: { type: "integer" }, description: "Hits of each vector" },
  },
};

const headers: readonly JsonSchema[] = [
  {
    name: "Request-Timeout",
    in: "header",
    schema: { type: "integer", default: 30 },
    description: "Seconds",
  },
  { name: "DB-Name", in: "header", schema: { type: "string", default: "default" } },
  {
    name: "Accept-Type-Allow-Int64",
    in: "header",
    schema: { type: "boolean", default: true },
    description: "Whether integers of 64 bits are numbers; if not, they are texts",
  },
];

function pathOf({ path, summary, body }: RestRoute): JsonSchema {
  const [, tag, ...rest] = path.split("/");
  return {
    post: {
      operationId: [tag, ...rest].join("_"),
      tags: [tag],
      summary,
      parameters: headers,
      requestBody: {
        required: true,
        content: { "application/json": { schema: schemaOf(body) } },
      },
      responses: {
        200: {
          description: "The answer, or an error with its code",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Answer" } } },
        },
      },
    },
  };
}
