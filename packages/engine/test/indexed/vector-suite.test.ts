import { binaryKind, bitSetKind, denseKind, sparseKind } from "./vector-kind.ts";
import { rowCount, testVectors } from "./vector-suite.ts";

const ivf = {
  params: { nlist: "16" },
  search: { nprobe: 12 },
  servedBy: "IVF_RABITQ",
  recall: 0.9,
} as const;
const graph = {
  params: { M: "8", efConstruction: "60" },
  search: { ef: 400 },
  servedBy: "HNSW",
  recall: 0.9,
} as const;
const disk = {
  type: "DISKANN",
  search: { search_list: 200 },
  servedBy: "IVF_RABITQ",
  recall: 0.9,
} as const;
const auto = {
  type: "AUTOINDEX",
  search: { level: 10 },
  servedBy: "IVF_RABITQ",
  recall: 0.9,
} as const;
const scan = { servedBy: "FLAT", recall: 1 } as const;
const isDamaged = true;
const isNull = (i: number): boolean => i % 3 === 1;

// Just worth an index.
const dim = 1_032;
const halves = denseKind("Float16Vector", rowCount, dim);
const brains = denseKind("BFloat16Vector", rowCount, dim);
const bytes = denseKind("Int8Vector", rowCount, dim);
const floats = denseKind("FloatVector", rowCount, dim);

testVectors("Half-precision vectors", { kind: halves, type: "FLAT", metric: "IP", ...scan });
testVectors("Half-precision vectors", { kind: halves, type: "IVF_FLAT", metric: "L2", ...ivf });
testVectors("Half-precision vectors", { kind: halves, metric: "COSINE", ...disk });
testVectors("Bfloat16 vectors", { kind: brains, type: "HNSW", metric: "IP", ...graph });
testVectors("Bfloat16 vectors", { kind: brains, metric: "COSINE", ...auto, isDamaged });
testVectors("Int8 vectors", { kind: bytes, type: "HNSW", metric: "COSINE", ...graph, isDamaged });
testVectors("Int8 vectors", { kind: bytes, metric: "IP", ...auto, isNull });
testVectors("Float vectors", { kind: floats, type: "HNSW", metric: "L2", ...graph, isNull });
testVectors("Float vectors", { kind: floats, metric: "L2", ...disk, isNull, isDamaged });

// Bits are read so fast that only long vectors are worth an index in a small test.
const bits = binaryKind(rowCount, 32_768);
const sets = bitSetKind(rowCount, 256);
const binaryLists = {
  type: "BIN_IVF_FLAT",
  params: { nlist: "20" },
  search: { nprobe: 4 },
  servedBy: "BIN_IVF_FLAT",
  recall: 0.9,
} as const;
testVectors("Binary vectors", { kind: bits, type: "BIN_FLAT", metric: "JACCARD", ...scan });
testVectors("Binary vectors", {
  kind: bits,
  type: "AUTOINDEX",
  metric: "HAMMING",
  ...scan,
  isNull,
});
testVectors("Binary vectors", { kind: bits, metric: "HAMMING", ...binaryLists, isDamaged });
testVectors("Binary vectors", { kind: bits, metric: "JACCARD", ...binaryLists, isNull });
testVectors("Sets", { kind: sets, type: "BIN_FLAT", metric: "SUBSTRUCTURE", ...scan });
testVectors("Sets", { kind: sets, type: "BIN_FLAT", metric: "SUPERSTRUCTURE", ...scan, isNull });

const words = sparseKind(rowCount);
const inverted = { metric: "IP", servedBy: "SPARSE_INVERTED_INDEX", recall: 1 } as const;
const walk = { inverted_index_algo: "DAAT_WAND" };
testVectors("Sparse vectors", {
  kind: words,
  type: "SPARSE_INVERTED_INDEX",
  ...inverted,
  isDamaged,
});
testVectors("Sparse vectors", { kind: words, type: "SPARSE_WAND", ...inverted, params: walk });
testVectors("Sparse vectors", { kind: words, type: "AUTOINDEX", ...inverted, isNull });

// What there is besides the kernels that this machine would take. Without WebAssembly all is scanned.
testVectors(
  "Bfloat16 vectors",
  { kind: brains, type: "IVF_FLAT", metric: "L2", ...ivf },
  "simd128",
);
testVectors("Sets", { kind: sets, type: "BIN_FLAT", metric: "JACCARD", ...scan }, "wasm-scalar");
testVectors("Sparse vectors", { kind: words, type: "SPARSE_WAND", ...inverted }, "wasm-scalar");
testVectors(
  "Half-precision vectors",
  { kind: halves, type: "HNSW", metric: "COSINE", ...scan, isNull },
  "scalar",
);
testVectors("Sparse vectors", { kind: words, type: "AUTOINDEX", metric: "IP", ...scan }, "scalar");
testVectors("Sets", { kind: sets, type: "BIN_FLAT", metric: "HAMMING", ...scan }, "scalar");
