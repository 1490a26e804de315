import { containerPorts } from "../images/image-definition.ts";
import type { ServiceSpecification } from "../specification/service-specification.ts";
import { containerAmounts } from "./container-amounts.ts";
import { type Deployment, inSchema } from "./deployment.ts";
import type { DeploymentImage } from "./resource.ts";
import { imagePath, rootPassword } from "./server-specification.ts";

/** The notebook's endpoint, and the service role that opens it. */
export const notebookEndpoint = "notebook";
export const notebookRole = "NOTEBOOK_USER";

/** What the service of the notebook runs. */
export function notebookSpecification(
  deployment: Deployment,
  image: DeploymentImage,
): ServiceSpecification {
  const { names, pool } = deployment.config;
  return {
    spec: {
      containers: [
        {
          name: "notebook",
          image: imagePath(deployment, image),
          env: {
            MILVUS_URI: `http://${hostName(names.service)}:${containerPorts.milvus}`,
            MILVUS_USER: "root",
          },
          secrets: [rootPassword(deployment, "MILVUS_PASSWORD")],
          // Jupyter answers here without a sign-in.
          readinessProbe: { port: containerPorts.notebook, path: "/api" },
          volumeMounts: [{ name: "work", mountPath: image.dataFolder }],
          resources: containerAmounts("notebook", pool.instanceFamily),
        },
      ],
      endpoints: [
        {
          name: notebookEndpoint,
          port: containerPorts.notebook,
          protocol: "HTTP",
          public: true,
        },
      ],
      volumes: [
        {
          name: "work",
          source: "stage",
          uid: image.owner.uid,
          gid: image.owner.gid,
          stageConfig: { name: `@${inSchema(deployment, names.stage)}` },
        },
      ],
      logExporters: { eventTableConfig: { logLevel: "INFO" } },
    },
    serviceRoles: [{ name: notebookRole.toLowerCase(), endpoints: [notebookEndpoint] }],
  };
}

/** The host by which containers of one schema reach a service. */
function hostName(service: string): string {
  return service.toLowerCase().replaceAll("_", "-");
}
