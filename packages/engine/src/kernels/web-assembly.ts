/** What is used of WebAssembly's own interface, which TypeScript declares only with the DOM's. */
export interface WasmMemory {
  /** Another object after each growth; views on the earlier ones stay valid. */
  readonly buffer: SharedArrayBuffer;
  grow(pageCount: number): number;
}

interface WasmInterface {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: WasmMemory } },
  ) => { readonly exports: unknown };
}

/** `undefined` in a runtime without it: one that was started with `--jitless`. */
export const webAssembly: WasmInterface | undefined = (
  globalThis as { WebAssembly?: WasmInterface }
).WebAssembly;

/** The unit in which memories grow. */
export const wasmPageBytes = 65_536;
