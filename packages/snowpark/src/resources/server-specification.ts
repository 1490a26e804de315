import { containerPorts } from "../images/image-definition.ts";
import type {
  ContainerSpecification,
  EndpointSpecification,
  SecretUse,
  ServiceSpecification,
} from "../specification/service-specification.ts";
import { containerAmounts } from "./container-amounts.ts";
import { type Deployment, inSchema } from "./deployment.ts";
import type { DeploymentImage } from "./resource.ts";

/** The volume with the data, by its name in the specification. */
export const dataVolume = "data";
/** The server's container, endpoint of the API and endpoint of the service functions. */
export const serverContainer = "milvus";
export const apiEndpoint = "milvus";
export const functionEndpoint = "sf";

/** What the service of the database runs. */
export function serverSpecification(deployment: Deployment): ServiceSpecification {
  const { config, images } = deployment;
  const isRedkite = config.engine.kind === "redkite";
  const functions: EndpointSpecification[] = isRedkite
    ? [{ name: functionEndpoint, port: containerPorts.functions, protocol: "HTTP" }]
    : [];
  return {
    spec: {
      containers: [
        {
          name: serverContainer,
          image: imagePath(deployment, images.server),
          ...(isRedkite ? redkiteContainer(deployment) : milvusContainer(deployment)),
          readinessProbe: { port: containerPorts.health, path: "/healthz" },
          volumeMounts: [{ name: dataVolume, mountPath: images.server.dataFolder }],
          resources: containerAmounts("server", config.pool.instanceFamily),
        },
      ],
      endpoints: [apiEndpointOf(deployment), ...functions],
      volumes: [
        {
          name: dataVolume,
          source: "block",
          size: config.storage.size,
          blockConfig: { snapshotOnDelete: config.backup.onDelete },
        },
      ],
      logExporters: { eventTableConfig: { logLevel: "INFO" } },
    },
  };
}

/** Where an image lies: registries take small letters only. */
export function imagePath({ config }: Deployment, image: DeploymentImage): string {
  const { database, schema, repository } = config.names;
  const place = `${database}/${schema}/${repository}`.toLowerCase();
  return `/${place}/${image.name}:${image.tag}`;
}

/**
 * One endpoint for gRPC and REST, since both are served on one port. Public endpoints have to be HTTP; inside the
 * account gRPC passes through such an endpoint as well.
 */
function apiEndpointOf({ config }: Deployment): EndpointSpecification {
  const endpoint = { name: apiEndpoint, port: containerPorts.milvus };
  return config.rest.public
    ? { ...endpoint, protocol: "HTTP", public: true }
    : { ...endpoint, protocol: "TCP" };
}

type EngineParts = Pick<ContainerSpecification, "command" | "env" | "secrets">;

function redkiteContainer(deployment: Deployment): EngineParts {
  return {
    env: {
      REDKITE_AUTH: "on",
      REDKITE_SNOWFLAKE: "on",
    },
    secrets: [rootPassword(deployment, "REDKITE_ROOT_PASSWORD")],
  };
}

/** Milvus's embedded etcd writes its metadata into the working folder unless it is told where: they would be lost. */
function milvusContainer(deployment: Deployment): EngineParts {
  const { dataFolder } = deployment.images.server;
  return {
    command: ["/milvus/bin/milvus", "run", "standalone"],
    env: {
      ETCD_USE_EMBED: "true",
      ETCD_DATA_DIR: `${dataFolder}/etcd`,
      COMMON_STORAGETYPE: "local",
      DEPLOY_MODE: "STANDALONE",
      COMMON_SECURITY_AUTHORIZATIONENABLED: "true",
    },
    secrets: [rootPassword(deployment, "COMMON_SECURITY_DEFAULTROOTPASSWORD")],
  };
}

/** The root's password in an environment variable of a container. */
export function rootPassword(deployment: Deployment, envVarName: string): SecretUse {
  const objectName = inSchema(deployment, deployment.config.names.rootSecret);
  return { snowflakeSecret: { objectName }, envVarName, secretKeyRef: "secret_string" };
}
