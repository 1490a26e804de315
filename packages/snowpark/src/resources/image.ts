import type { SqlRow } from "../session/snow-session.ts";
import { type Deployment, inSchema, resourceId } from "./deployment.ts";
import { look } from "./look.ts";
import type { DeploymentImage, Resource } from "./resource.ts";

/** An image in the repository. Its tag names its content: it is pushed when the tag is not there, and never again. */
export function image(deployment: Deployment, reference: DeploymentImage): Resource {
  const { database, schema, repository } = deployment.config.names;
  const full = inSchema(deployment, repository);
  const name = `${reference.name}:${reference.tag}`;
  return {
    id: resourceId("image", name),
    kind: "image",
    name,
    dependsOn: [resourceId("image repository", full)],
    atEnd: "falls",
    async observe(context) {
      const show = `SHOW IMAGES IN IMAGE REPOSITORY ${full}`;
      const rows = await look(context, await context.schemaReader(), show);
      return rows.some((row) => isImage(row, reference))
        ? { kind: "present", changes: [], remove: [] }
        : {
            kind: "absent",
            create: [
              { kind: "push", image: reference, repository: { database, schema, repository } },
            ],
          };
    },
  };
}

/** The column `tags` has one tag, or several between commas, with or without brackets and quotes. */
function isImage(row: SqlRow, reference: DeploymentImage): boolean {
  const tags = (row["tags"] ?? "").split(/[\s,[\]"']+/);
  return row["image_name"] === reference.name && tags.includes(reference.tag);
}
