import { fullName, ownName } from "../account-objects.ts";
import { booleanProperty, choiceProperty, integerProperty, readProperties } from "../properties.ts";
import type { StageObject } from "../state.ts";
import type { Statement } from "../statement.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { notSimulated } from "../statement-error.ts";
import { queryResult } from "../statement-result.ts";
import type { StageFile } from "../surroundings.ts";

/** `LIST @stage[/path]`. */
export function readList(cursor: StatementCursor): Statement {
  const at = readPlace(cursor);
  return async (context) => {
    const stage = stageAt(at, "READ", context);
    const files = await filesAt(stage, at.path, context);
    return queryResult(
      [
        { name: "name", type: "text" },
        { name: "size", type: "fixed" },
        { name: "md5", type: "text" },
        { name: "last_modified", type: "text" },
      ],
      files.map(({ path, sizeBytes, md5, modifiedAt }) => [
        `${ownName(stage).toLowerCase()}/${path}`,
        String(sizeBytes),
        md5,
        new Date(modifiedAt).toUTCString(),
      ]),
    );
  };
}

/** `REMOVE @stage[/path]`. */
export function readRemove(cursor: StatementCursor): Statement {
  const at = readPlace(cursor);
  return async (context) => {
    const stage = stageAt(at, "WRITE", context);
    const files = await filesAt(stage, at.path, context);
    for (const { path } of files) {
      await context.parts.options.stageFiles?.remove(String(stage.id), path);
    }
    return queryResult(
      ["name", "result"].map((name) => ({ name, type: "text" })),
      files.map(({ path }) => [`${ownName(stage).toLowerCase()}/${path}`, "removed"]),
    );
  };
}

const putShape = {
  PARALLEL: integerProperty(1, 99),
  AUTO_COMPRESS: booleanProperty,
  SOURCE_COMPRESSION: choiceProperty("AUTO_DETECT", "NONE", "GZIP"),
  OVERWRITE: booleanProperty,
};

/** `PUT file://… @stage[/path]`: the client uploads, so this says where to. */
export function readPut(cursor: StatementCursor): Statement {
  const token = cursor.peek();
  const written = token?.kind === "file" ? cursor.take().text : cursor.text();
  if (!/^file:\/\//i.test(written)) throw cursor.fail(token);
  const at = cursor.stagePath();
  const properties = readProperties(cursor, putShape);
  cursor.expectEnd();
  return (context) => {
    const stage = stageAt(at, "WRITE", context);
    return {
      kind: "upload",
      localPath: written.slice("file://".length),
      stageId: String(stage.id),
      stage: fullName(stage),
      folder: at.path === "" || at.path.endsWith("/") ? at.path : `${at.path}/`,
      overwrite: properties.OVERWRITE ?? false,
      autoCompress: properties.AUTO_COMPRESS ?? true,
    };
  };
}

/** GET and files of tables and users are not simulated. */
export function readGet(): Statement {
  throw notSimulated("GET");
}

interface Place {
  readonly name: readonly string[];
  readonly path: string;
}

function readPlace(cursor: StatementCursor): Place {
  const at = cursor.stagePath();
  if (cursor.comesNext("PATTERN")) throw notSimulated("PATTERN");
  cursor.expectEnd();
  return at;
}

function stageAt(
  { name }: Place,
  privilege: "READ" | "WRITE",
  context: StatementContext,
): StageObject {
  const stage = context.get("STAGE", name);
  context.require(privilege, stage);
  return stage;
}

async function filesAt(
  stage: StageObject,
  path: string,
  context: StatementContext,
): Promise<StageFile[]> {
  const files = (await context.parts.options.stageFiles?.list(String(stage.id))) ?? [];
  return files
    .filter((file) => file.path.startsWith(path))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}
