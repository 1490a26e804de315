import { type IndexCase, testIndex } from "./index-suite.ts";

const ivf = { servedBy: "IVF_RABITQ", params: { nlist: "32" }, search: { nprobe: 16 } } as const;
const graph = {
  servedBy: "HNSW",
  params: { M: "16", efConstruction: "100" },
  search: { ef: 100 },
} as const;

const cases: readonly IndexCase[] = [
  { type: "FLAT", metric: "L2", servedBy: "FLAT" },
  { type: "AUTOINDEX", metric: "COSINE", servedBy: "IVF_RABITQ" },
  { type: "AUTOINDEX", metric: "L2", search: { level: 10 }, servedBy: "IVF_RABITQ" },
  { type: "AUTOINDEX", metric: "IP", servedBy: "IVF_RABITQ" },
  { type: "IVF_FLAT", metric: "L2", ...ivf },
  { type: "IVF_SQ8", metric: "COSINE", ...ivf },
  { type: "IVF_PQ", metric: "IP", ...ivf, params: { nlist: "32", m: "8" } },
  { type: "IVF_RABITQ", metric: "IP", ...ivf },
  { type: "SCANN", metric: "L2", ...ivf },
  { type: "DISKANN", metric: "L2", servedBy: "IVF_RABITQ", search: { search_list: 100 } },
  { type: "HNSW", metric: "L2", ...graph },
  { type: "HNSW", metric: "COSINE", ...graph },
  { type: "HNSW", metric: "IP", ...graph },
  { type: "HNSW_SQ", metric: "COSINE", ...graph, params: { ...graph.params, sq_type: "SQ4U" } },
  { type: "HNSW_PQ", metric: "L2", ...graph, params: { ...graph.params, m: "8" } },
  { type: "HNSW_PRQ", metric: "L2", ...graph, params: { ...graph.params, m: "8" } },
];

for (const indexCase of cases) testIndex(indexCase);
