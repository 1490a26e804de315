import { SnowparkError } from "../base/snowpark-error.ts";
import { type Digest, parseDigest } from "./digest.ts";
import type { HistoryEntry, ImageConfig, RunConfig } from "./image.ts";
import { badImage, isObject, parseObject } from "./read-manifest.ts";

/** A configuration of more is refused. */
export const configBytesMax: number = 4 * 1024 * 1024;

/**
 * Reads an image's configuration. Members that we do not know are kept, those that we do are checked.
 *
 * @throws SnowparkError `image-failed` when it is none, or of an image that is not for linux/amd64.
 */
export function readConfig(bytes: Uint8Array, place: string): ImageConfig {
  const value = parseObject(bytes, place);
  const { architecture, os, rootfs, config, history, created, ...others } = value;
  if (typeof architecture !== "string" || typeof os !== "string" || !isObject(rootfs)) {
    throw badImage(place, "its configuration is not one of an image");
  }
  if (os !== "linux" || architecture !== "amd64") {
    throw new SnowparkError(
      "image-failed",
      `Cannot use the image ${place}: it is for ${os}/${architecture}, and compute pools run linux/amd64`,
      { remedy: "Build it with --platform linux/amd64" },
    );
  }
  return {
    ...others,
    architecture,
    os,
    ...(typeof created === "string" ? { created } : {}),
    ...(isObject(config) ? { config: readRun(config, place) } : {}),
    rootfs: { type: "layers", diff_ids: diffIdsOf(rootfs["diff_ids"], place) },
    ...(Array.isArray(history) ? { history: history.filter(isHistoryEntry) } : {}),
  };
}

function diffIdsOf(value: unknown, place: string): readonly Digest[] {
  if (!Array.isArray(value)) throw badImage(place, "its configuration names no layers");
  return value.map((item) => parseDigest(String(item)));
}

/** Only what tools write there: the time, the command, and whether it made a layer. */
function isHistoryEntry(value: unknown): value is HistoryEntry {
  return isObject(value);
}

const listMembers = ["Env", "Entrypoint", "Cmd"] as const;
const textMembers = ["User", "WorkingDir", "StopSignal"] as const;
const mapMembers = ["Labels", "ExposedPorts", "Volumes"] as const;

function readRun(value: Readonly<Record<string, unknown>>, place: string): RunConfig {
  const run: Record<string, unknown> = { ...value };
  const check = (names: readonly string[], isRight: (member: unknown) => boolean): void => {
    for (const name of names) {
      const member = value[name];
      // Docker writes null for what is not there.
      if (member === undefined || member === null) delete run[name];
      else if (!isRight(member)) throw badImage(place, `${name} of its configuration is wrong`);
    }
  };
  check(listMembers, (m) => Array.isArray(m) && m.every((item) => typeof item === "string"));
  check(textMembers, (m) => typeof m === "string");
  check(mapMembers, isObject);
  check(["Labels"], (m) => isObject(m) && Object.values(m).every((v) => typeof v === "string"));
  return run;
}
