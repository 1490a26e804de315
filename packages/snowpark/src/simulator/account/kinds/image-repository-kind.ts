import { registryHost } from "../addresses.ts";
import { readCommentChange } from "../alteration.ts";
import {
  commentColumn,
  createdOnColumn,
  databaseColumn,
  nameColumn,
  ownerColumn,
  ownerRoleTypeColumn,
  schemaColumn,
  textColumn,
} from "../columns.ts";
import type { ObjectKind } from "../object-kind.ts";
import { choiceProperty, groupProperty, readProperties, textProperty } from "../properties.ts";
import type { ImageRepositoryObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import { queryResult, type RowsOutcome, timestampCell } from "../statement-result.ts";

const shape = { COMMENT: textProperty };
const createShape = {
  ...shape,
  ENCRYPTION: groupProperty({ TYPE: choiceProperty("SNOWFLAKE_SSE", "SNOWFLAKE_FULL") }),
};

/** Image repositories. Dropping one drops its images. */
export const imageRepositoryKind: ObjectKind<"IMAGE REPOSITORY"> = {
  type: "IMAGE REPOSITORY",
  words: ["IMAGE REPOSITORY"],
  plural: ["IMAGE REPOSITORIES"],
  createPrivilege: "CREATE IMAGE REPOSITORY",
  canReplace: true,
  readCreate(cursor) {
    const properties = readProperties(cursor, createShape);
    return (base) => ({
      ...base,
      type: "IMAGE REPOSITORY",
      comment: properties.COMMENT ?? "",
      encryption: properties.ENCRYPTION?.TYPE ?? "SNOWFLAKE_SSE",
      images: [],
    });
  },
  readAlter: readCommentChange,
  columns: [
    createdOnColumn,
    nameColumn,
    databaseColumn,
    schemaColumn,
    textColumn(
      "repository_url",
      (repository, { parts }) =>
        `${registryHost(parts.options)}/${repository.name.join("/").toLowerCase()}`,
    ),
    ownerColumn,
    ownerRoleTypeColumn,
    commentColumn,
    textColumn("encryption", ({ encryption }) => encryption),
    textColumn("privatelink_repository_url", () => null),
  ],
};

/** `SHOW IMAGES IN IMAGE REPOSITORY`: a row for each image and digest. */
export function listImages(
  repository: ImageRepositoryObject,
  context: StatementContext,
): RowsOutcome {
  context.require("READ", repository);
  const folder = repository.name.join("/").toLowerCase();
  return queryResult(
    [
      { name: "created_on", type: "timestamp_ltz" },
      { name: "image_name", type: "text" },
      { name: "tags", type: "text" },
      { name: "digest", type: "text" },
      { name: "image_path", type: "text" },
    ],
    repository.images.map(({ image, tag, digest, createdOn }) => [
      timestampCell(createdOn),
      image,
      tag ?? "",
      digest,
      tag === null ? `${folder}/${image}@${digest}` : `${folder}/${image}:${tag}`,
    ]),
  );
}
