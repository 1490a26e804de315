// Opens what is compared: our own indexes and those of the peers that are installed.

import { indexNamed } from "./engines/index-named.mjs";
import { peerChoices } from "./engines/peers.mjs";
import { redkiteIndexes } from "./engines/redkite.mjs";
import { builtIndex, indexPath } from "./index-cache.mjs";
import { installCommand, versionOf } from "./peer-packages.mjs";

/**
 * Builds and opens all indexes that fit the data set. Answers a contestant for each of their curves,
 * and what could not be measured.
 */
export async function openContestants(dataSet, options) {
  const missing = [];
  const contestants = [];
  const closers = [];
  const wanted = [...ownIndexes(options), ...peerIndexes(options, missing)];
  for (const each of wanted) {
    options.log?.(`opening ${each.indexName}`);
    try {
      const { curves, ...opened } = await openIndex(dataSet, each, options);
      if (opened.searcher.close) closers.push(opened.searcher.close);
      contestants.push(...curves.map((curve) => ({ ...opened, curve })));
    } catch (error) {
      missing.push(`${each.indexName}: ${error.message}`);
      process.exitCode = 1;
    }
  }
  const close = async () => {
    for (const closeOne of closers) await closeOne();
  };
  return { contestants, missing, close };
}

async function openIndex(dataSet, { indexName, peer }, options) {
  const rebuild = options.rebuild || peer === undefined;
  const record = builtIndex(dataSet, indexName, { ...options, rebuild });
  const { index, library } = indexNamed(indexName);
  const path = indexPath(dataSet, indexName);
  const searcher = await index.open({ library, dataSet, path, threads: options.threads });
  const { curves, queryCountMax } = index;
  return { peer, record, searcher, curves, queryCountMax };
}

function ownIndexes({ engines }) {
  return engines.map((key) => ({ indexName: redkiteIndexes.get(key).name }));
}

/** The wanted indexes whose packages are installed; the others are noted as missing. */
function peerIndexes({ peers }, missing) {
  const choices = [...new Set(peers.flatMap((name) => peerChoices.get(name)))];
  const absent = choices.filter(({ peer }) => versionOf(peer.packageName) === undefined);
  for (const { name, packageName } of new Set(absent.map(({ peer }) => peer))) {
    missing.push(`${name}: ${packageName} is not installed; run: ${installCommand}`);
  }
  return choices
    .filter((choice) => !absent.includes(choice))
    .map(({ peer, index }) => ({ indexName: index.name, peer: peer.name }));
}
