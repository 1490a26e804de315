import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { AccessErrorKind } from "../access/access-error.ts";
import type { ResponseSummary } from "./response-summary.ts";

/** From half a millisecond, which most searches need less than, to the slowest builds. */
const durationBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
];

/** What the database holds at the moment. */
export interface DatabaseContents {
  readonly collections: number;
  /** Rows that are not deleted. */
  readonly rows: number;
}

/** The server's Prometheus metrics, beside those of the process. */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<"method" | "code">;
  readonly #durations: Histogram<"method">;
  readonly #refused: Counter<"method" | "kind">;
  readonly #inserted: Counter;
  readonly #deleted: Counter;
  readonly #searched: Counter;

  /** `count` is asked whenever the metrics are read. */
  constructor(count: () => DatabaseContents) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Counter({
      name: "redkite_requests_total",
      help: "Requests answered, by RPC and by the code of the status they were answered with",
      labelNames: ["method", "code"],
      registers,
    });
    this.#durations = new Histogram({
      name: "redkite_request_duration_seconds",
      help: "Time from a request's arrival to its answer",
      labelNames: ["method"],
      buckets: durationBuckets,
      registers,
    });
    this.#refused = new Counter({
      name: "redkite_requests_refused_total",
      help: "Requests refused because nobody had signed in, or the user may not make them",
      labelNames: ["method", "kind"],
      registers,
    });
    this.#inserted = counter("redkite_rows_inserted_total", "Rows inserted or upserted", registers);
    this.#deleted = counter("redkite_rows_deleted_total", "Rows deleted", registers);
    this.#searched = counter("redkite_vectors_searched_total", "Vectors searched for", registers);
    gauge("redkite_collections", "Collections", { registers, read: () => count().collections });
    gauge("redkite_rows", "Rows that are not deleted", { registers, read: () => count().rows });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts one answered request. */
  observe(method: string, response: ResponseSummary, durationMs: number): void {
    this.#requests.inc({ method, code: String(response.code) });
    this.#durations.observe({ method }, durationMs / 1000);
    this.#inserted.inc(response.inserted);
    this.#deleted.inc(response.deleted);
    this.#searched.inc(response.searched);
  }

  /** Counts one request that its caller may not make; of a stranger's not even the method counts. */
  observeRefusal(kind: AccessErrorKind, method?: string): void {
    this.#refused.inc(method === undefined ? { kind } : { kind, method });
  }

  /** All metrics in Prometheus's text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }
}

function counter(name: string, help: string, registers: Registry[]): Counter {
  return new Counter({ name, help, registers });
}

function gauge(
  name: string,
  help: string,
  { registers, read }: { registers: Registry[]; read: () => number },
): Gauge {
  return new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}
