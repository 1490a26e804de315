import type { RunInfo, RunStatus, RunType } from "./run-record.ts";

/** Which runs to list: those that equal it in everything that it names. */
export interface RunFilter {
  readonly type?: RunType;
  readonly method?: string;
  readonly status?: RunStatus;
  /** Any member of a run's configuration, such as `patchesField` or `supportsPrompts`. */
  readonly [configMember: string]: unknown;
}

/** Whether a run is one of those that a filter asks for. */
export function matchesRun(run: RunInfo, filter: RunFilter): boolean {
  const { type, method, status, ...config } = filter;
  if (type !== undefined && run.type !== type) return false;
  if (method !== undefined && run.method !== method) return false;
  if (status !== undefined && run.status !== status) return false;
  return Object.entries(config).every(
    ([name, value]) =>
      value === undefined || JSON.stringify(run.config[name] ?? null) === JSON.stringify(value),
  );
}
