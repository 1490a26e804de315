import { hnswlib } from "./hnswlib.mjs";
import { lancedb } from "./lancedb.mjs";
import { usearch } from "./usearch.mjs";
import { zvec } from "./zvec.mjs";

/** Other engines, by the name that `--peers` gives them. */
export const peers = new Map([hnswlib, usearch, zvec, lancedb].map((peer) => [peer.name, peer]));

/**
 * What `--peers` may name: an engine, which stands for all its indexes, or one index. Answers the
 * indexes, each with its engine.
 */
export const peerChoices = new Map(
  [...peers.values()].flatMap((peer) => {
    const all = peer.indexes.map((index) => ({ peer, index }));
    return [...all.map((choice) => [choice.index.name, [choice]]), [peer.name, all]];
  }),
);
