import { SnowparkError } from "../base/snowpark-error.ts";
import { notebookEndpoint } from "../resources/notebook-specification.ts";
import { apiEndpoint } from "../resources/server-specification.ts";
import { ingressOrigin } from "./ingress.ts";
import type { OperationContext } from "./operation-context.ts";
import { type EndpointStatus, readService } from "./status.ts";
import { waitUntil } from "./wait-until.ts";

/** What of a deployment has an address outside of the account. */
export type Door = "rest" | "notebook";

const endpointNames: Readonly<Record<Door, string>> = {
  rest: apiEndpoint,
  notebook: notebookEndpoint,
};

export interface EndpointAddress {
  /** As `SHOW ENDPOINTS` gives it; tokens are made for it. */
  readonly ingressHost: string;
  readonly origin: URL;
}

/** Snowflake takes some minutes for the address of a new service. */
const minutesMax = 10;

/**
 * Where an endpoint is reached from outside, waiting for Snowflake to give it an address.
 *
 * @throws SnowparkError `not-found` where it is not deployed, or not public; `not-ready`, `cancelled`.
 */
export async function endpointAddress(
  context: OperationContext,
  door: Door,
): Promise<EndpointAddress> {
  const { names } = context.config;
  const serviceName = door === "rest" ? names.service : names.notebookService;
  const endpointName = endpointNames[door];
  const title = `address of ${serviceName}!${endpointName}`;
  const ingressHost = await waitUntil(context, { step: title, minutesMax }, async () => {
    const service = await readService(context, serviceName);
    const endpoint = service?.endpoints.find(({ name }) => name === endpointName);
    if (endpoint?.isPublic !== true) throw missing(door, { serviceName, endpoint });
    const host = endpoint.ingressHost;
    return host === undefined ? { message: "Snowflake prepares it" } : { value: host };
  });
  context.progress?.({ step: title, state: "done" });
  return { ingressHost, origin: ingressOrigin(ingressHost) };
}

function missing(
  door: Door,
  { serviceName, endpoint }: { serviceName: string; endpoint: EndpointStatus | undefined },
): SnowparkError {
  if (endpoint !== undefined) {
    return new SnowparkError("not-found", `${serviceName}!${endpoint.name} is not public`, {
      remedy: "Set rest.public: true and run redkite snowpark up.",
    });
  }
  const remedy =
    door === "rest"
      ? "redkite snowpark up deploys it; rest.public has to be true."
      : "redkite snowpark up deploys it; notebook has to be true.";
  return new SnowparkError(
    "not-found",
    `There is no endpoint ${serviceName}!${endpointNames[door]}`,
    {
      remedy,
    },
  );
}
