import { dirname, isAbsolute, join, resolve } from "node:path";
import { type Document, LineCounter, parseDocument } from "yaml";
import { BrainError, messageOf } from "../../base/brain-error.ts";
import { problemError } from "../import-log.ts";
import { kindOfPath, listFolder, readTextFile } from "../source-files.ts";

/** What `dataset.yaml` says: the classes by their numbers, and where each split's images are. */
export interface DatasetYaml {
  readonly file: string;
  readonly names: ReadonlyMap<number, string>;
  readonly splits: ReadonlyMap<string, readonly string[]>;
}

const splitNames = ["train", "val", "test"];

/** Finds and reads the YAML file of a YOLOv5 dataset. */
export async function readDatasetYaml(path: string): Promise<DatasetYaml> {
  const file = await findYaml(path);
  const content = parse(await readTextFile(file), file);
  const names = namesOf(content["names"], file);
  const roots = [dirname(file)];
  if (typeof content["path"] === "string") roots.unshift(resolve(dirname(file), content["path"]));
  const splits = new Map<string, readonly string[]>();
  for (const split of splitNames) {
    const value = content[split];
    if (value === undefined || value === null || value === "") continue;
    const places = Array.isArray(value) ? value : [value];
    splits.set(split, await Promise.all(places.map((place) => locate(String(place), roots, file))));
  }
  if (splits.size === 0) {
    throw problemError({ file, message: `expected ${splitNames.join(", ")}: it names no split` });
  }
  return { file, names, splits };
}

async function findYaml(path: string): Promise<string> {
  if ((await kindOfPath(path)) === "file") return path;
  const { files } = await listFolder(path);
  const known = ["dataset.yaml", "data.yaml"].find((name) => files.includes(name));
  const others = files.filter((name) => /\.ya?ml$/.test(name));
  const found = known ?? (others.length === 1 ? others[0] : undefined);
  if (found !== undefined) return join(path, found);
  throw new BrainError(
    "file-not-found",
    `No YOLO dataset in ${path}: expected dataset.yaml, found ${others.length} YAML files`,
    { details: { path, found: others } },
  );
}

function parse(text: string, file: string): Readonly<Record<string, unknown>> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lineCounter.linePos(error.pos[0]);
    throw problemError({ file, line, message: `not YAML: ${error.message.split("\n", 1)[0]}` });
  }
  const content = contentOf(document, file);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw problemError({ file, message: "expected names and splits by their keys" });
  }
  return { ...content };
}

/** Throws for aliases that would make a small file an enormous value. */
function contentOf(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw problemError({ file, message: `not YAML: ${messageOf(error)}` });
  }
}

/** A list, or names by their numbers. */
function namesOf(value: unknown, file: string): Map<number, string> {
  if (typeof value !== "object" || value === null) {
    throw problemError({ file, message: `expected the classes as names, found ${String(value)}` });
  }
  const names = new Map<number, string>();
  for (const [key, name] of Object.entries(value)) {
    if (!/^\d+$/.test(key)) {
      throw problemError({ file, message: `expected a class's number in names, found ${key}` });
    }
    names.set(Number(key), String(name));
  }
  return names;
}

/**
 * The folder or list of images. `path` may be of the machine that the dataset was made on, and
 * files of Roboflow begin with `../` where the folder is beside them.
 */
async function locate(place: string, roots: readonly string[], file: string): Promise<string> {
  const candidates = isAbsolute(place)
    ? [place]
    : roots.flatMap((root) => [
        resolve(root, place),
        resolve(root, place.replace(/^(\.\.\/)+/, "")),
      ]);
  for (const candidate of candidates) {
    if ((await kindOfPath(candidate)) !== undefined) return candidate;
  }
  throw problemError({ file, message: `${place} does not exist (looked for ${candidates[0]})` });
}
