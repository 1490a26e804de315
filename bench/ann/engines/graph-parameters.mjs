/** What every graph is built with. */
export const graphParameters = { m: 16, efConstruction: 200 };

/** Widths of the search in a graph, from the fastest on. */
export const efLadder = [
  10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 896, 1280, 1792, 2560,
];
