import type {
  ContainerKey,
  ContainerRuntime,
  ContainerStatus,
  LogLine,
} from "../../src/simulator/account/surroundings.ts";

/** Containers that are what a test says they are. */
export class ScriptedContainers implements ContainerRuntime {
  readonly lines = new Map<string, LogLine[]>();
  readonly previousLines: LogLine[] = [];
  status: (key: ContainerKey) => ContainerStatus = () => ({ isReady: true });

  write(container: string, writtenAt: number, ...texts: readonly string[]): void {
    const lines = this.lines.get(container) ?? [];
    this.lines.set(container, [...lines, ...texts.map((text) => ({ writtenAt, text }))]);
  }

  logs({ container }: ContainerKey, isPrevious: boolean): readonly LogLine[] {
    return isPrevious ? this.previousLines : (this.lines.get(container) ?? []);
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async takeSnapshot(): Promise<void> {}
  async restoreSnapshot(): Promise<void> {}
  async removeVolume(): Promise<void> {}
  async removeSnapshot(): Promise<void> {}
}
