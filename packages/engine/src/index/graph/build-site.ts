import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { PresentRows } from "../present-rows.ts";
import type { SharedVectors } from "../vector-index.ts";

/** Where a graph is built: all of it is shared by the threads. */
export interface BuildSite {
  readonly source: SharedVectors;
  /** The row of node 0. */
  readonly rowStart: number;
  /** One for each row of the range: those without a vector are never linked. */
  readonly nodeCount: number;
  /** Those that are inserted. */
  readonly rows: PresentRows;
  readonly memory: WasmMemory;
  /** The address of the `Graph`. */
  readonly graph: number;
  readonly degree: number;
  readonly efConstruction: number;
  readonly codes7: number;
  readonly squares7: number;
  /** 0 if the graph is searched on codes of 7 bits. */
  readonly codes4: number;
  readonly squares4: number;
}
