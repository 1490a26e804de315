/** Embeddings without a model: how often each keyword occurs in a text, and a last number that is never zero. */

const KEYWORDS = ["cat", "dog", "star", "sea", "tree", "stone", "wind"];

export const TEXTS = [
  "a cat on a tree",
  "a cat and a dog",
  "a dog by the sea",
  "a star over the sea",
  "a stone in the wind",
  "a tree in the wind",
];

/** @param {string} text @param {number} [dimension] zeros fill the rest */
export function embedded(text, dimension = KEYWORDS.length + 1) {
  const words = text.toLowerCase().split(" ");
  const counts = KEYWORDS.map((keyword) => words.filter((word) => word === keyword).length);
  return [...counts, 0.25, ...Array(dimension - KEYWORDS.length - 1).fill(0)];
}
