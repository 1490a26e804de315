import type { ContainerKey, ContainerRuntime } from "./surroundings.ts";

/** The containers that are being stopped. A service is suspended or deleted only when its containers have ended. */
export class ContainerStops {
  readonly #runtime: ContainerRuntime | undefined;
  readonly #pending = new Map<number, Promise<void>>();

  constructor(runtime: ContainerRuntime | undefined) {
    this.#runtime = runtime;
  }

  /** Begins to stop containers of a service, after those that are being stopped already. */
  begin(serviceId: number, keys: readonly ContainerKey[]): void {
    const runtime = this.#runtime;
    if (runtime === undefined || keys.length === 0) return;
    const before = this.#pending.get(serviceId) ?? Promise.resolve();
    const stopping = before
      .then(() => Promise.all(keys.map((key) => runtime.stop(key))))
      // A container that can't be stopped is the runtime's to report; the service goes on all the same.
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        if (this.#pending.get(serviceId) === stopping) this.#pending.delete(serviceId);
      });
    this.#pending.set(serviceId, stopping);
  }

  isStopping(serviceId: number): boolean {
    return this.#pending.has(serviceId);
  }

  /** Resolves when nothing is being stopped any more. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending.values());
  }
}
