import { fullName } from "../account-objects.ts";
import { readCommentChange } from "../alteration.ts";
import {
  commentColumn,
  createdOnColumn,
  databaseColumn,
  nameColumn,
  numberColumn,
  ownerColumn,
  ownerRoleTypeColumn,
  schemaColumn,
  textColumn,
  timeColumn,
} from "../columns.ts";
import type { Create, ObjectKind } from "../object-kind.ts";
import { readProperties, textProperty } from "../properties.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { doesNotExist } from "../statement-error.ts";

const shape = { COMMENT: textProperty };

/** How long a snapshot is CREATING, in milliseconds. */
const creationMs = 1000;

/** Snapshots of the block volumes of services. */
export const snapshotKind: ObjectKind<"SNAPSHOT"> = {
  type: "SNAPSHOT",
  words: ["SNAPSHOT"],
  plural: ["SNAPSHOTS"],
  createPrivilege: "CREATE SNAPSHOT",
  canReplace: true,
  readCreate,
  readAlter: readCommentChange,
  columns: [
    nameColumn,
    textColumn("state", ({ readyOn }, { now }) => (readyOn <= now ? "CREATED" : "CREATING")),
    databaseColumn,
    schemaColumn,
    textColumn("service_name", ({ service }) => service),
    textColumn("volume_name", ({ volume }) => volume),
    numberColumn("instance", ({ instance }) => instance),
    textColumn("size", ({ sizeGi }) => `${sizeGi}Gi`),
    commentColumn,
    ownerColumn,
    ownerRoleTypeColumn,
    createdOnColumn,
    timeColumn("updated_on", ({ readyOn }) => readyOn),
  ],
};

function readCreate(cursor: StatementCursor): Create<"SNAPSHOT"> {
  cursor.expect("FROM SERVICE");
  const serviceName = cursor.name();
  cursor.expect("VOLUME");
  const volumeName = cursor.identifier();
  cursor.expect("INSTANCE");
  const instance = cursor.integer();
  const { COMMENT: comment = "" } = readProperties(cursor, shape);
  return async (base, context) => {
    const service = context.get("SERVICE", serviceName);
    context.require("OPERATE", service);
    const volume = service.volumes.find(
      (one) => one.name === volumeName && one.instance === instance,
    );
    if (volume === undefined) throw doesNotExist("Volume", `${volumeName} of instance ${instance}`);
    await context.parts.options.runtime?.takeSnapshot(volume.id, String(base.id));
    return {
      ...base,
      type: "SNAPSHOT",
      comment,
      service: fullName(service),
      volume: volumeName,
      instance,
      sizeGi: volume.sizeGi,
      readyOn: base.createdOn + creationMs,
      expiresOn: null,
    };
  };
}
