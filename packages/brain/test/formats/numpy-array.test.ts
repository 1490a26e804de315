import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeNumpy, encodeNumpy } from "../../src/formats/fiftyone/numpy-array.ts";

// Saved by numpy 2 and deflated by Python's zlib, as FiftyOne does.
const columnByColumn =
  "eJyb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mkrqOgnpZfVFKUmBefX5SSChIPKSpNBQoXZyQWpAK5GkY6CsaaOgq1CuQDLkYGFgYmBlYGZgY2BgCTzRtX";
const bigEndian =
  "eJyb7BfqGxDJyFDGUK2eklqcXKRupaBuV2qirqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmjoKtQpkAy4GBgZGIGYCYmYgZgFiViBmAwDx9BuS";
const longs =
  "eJyb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFACu/1DAAAKMDAwAbzQjWQ==";
const notANumber =
  "eJyb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuBjD4YQ+l6wEYfR4L";
const scalar =
  "eJyb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqaOgq1ChQBLgYw4HAAACemG4c=";
const texts =
  "eJyb7BfqGxDJyFDGUK2eklqcXKRupaBuE2qorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOpo6CrUKFACuCgYGBgC4/Ru8";

describe("decodeNumpy", () => {
  it("reads rows that were saved as columns, and both orders of bytes", () => {
    const values = Float64Array.of(1, 2, 3, 4, 5, 6);
    expect(decodeNumpy(columnByColumn)).toEqual({ type: "i2", shape: [2, 3], values });
    expect(decodeNumpy(bigEndian)).toEqual({ type: "u4", shape: [2, 3], values });
  });

  it("reads long integers, what is not a number, and single numbers", () => {
    expect(decodeNumpy(longs).values).toEqual(Float64Array.of(-1, 2 ** 40));
    expect(decodeNumpy(notANumber).values).toEqual(Float64Array.of(1.5, Number.NaN));
    expect(decodeNumpy(scalar)).toEqual({ type: "f8", shape: [], values: Float64Array.of(3) });
  });

  it("reads what encodeNumpy writes", () => {
    const values = [0, 1, 0.5, -2];
    for (const type of ["f4", "f8"] as const) {
      const read = decodeNumpy(encodeNumpy(type, [2, 2], values));
      expect(read).toEqual({ type, shape: [2, 2], values: Float64Array.from(values) });
    }
    expect(decodeNumpy(encodeNumpy("b1", [0, 3], []))).toMatchObject({ shape: [0, 3] });
  });

  it("refuses what is no array of numbers", () => {
    const cutOff = deflateSync(
      Buffer.concat([
        Buffer.from("\x93NUMPY\x01\x00", "latin1"),
        Buffer.from([54, 0]),
        Buffer.from("{'descr': '<f8', 'fortran_order': False, 'shape': (9,)}"),
      ]),
    ).toString("base64");
    const others = deflateSync(Buffer.from("something else")).toString("base64");
    for (const bytes of ["AAAA", others, texts, cutOff]) {
      expect(() => decodeNumpy(bytes)).toThrow("Cannot read an array of numpy");
    }
  });
});
