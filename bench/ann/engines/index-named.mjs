import { requirePeer, versionOf } from "../peer-packages.mjs";
import { peerChoices } from "./peers.mjs";
import { redkiteIndexes } from "./redkite.mjs";

/** An index by its own name, and what is needed to build and open it. */
export function indexNamed(name) {
  const own = [...redkiteIndexes.values()].find((index) => index.name === name);
  if (own !== undefined) return { index: own };
  const [{ peer, index }] = peerChoices.get(name);
  const library = requirePeer(peer.packageName);
  peer.prepare?.(library);
  return { index, library, version: versionOf(peer.packageName) };
}
