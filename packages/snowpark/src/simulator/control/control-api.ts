import { type Exchange, isRecord, readJsonObject, sendJson } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { Route } from "../http/router.ts";
import type { StatementLog } from "../statements/statement-log.ts";
import type { Faults } from "./faults.ts";
import { readFaultPlan } from "./read-fault-plan.ts";
import type { SimulatorClock } from "./simulator-clock.ts";

export interface ControlOptions {
  /** What the simulator says of itself. */
  readonly about: () => Readonly<Record<string, unknown>>;
  readonly clock: SimulatorClock;
  readonly faults: Faults;
  readonly log: StatementLog;
  /** The account without its secrets. */
  readonly state: () => unknown;
  /** Lets time's effects happen. */
  readonly tick: () => Promise<void>;
  /** Ends the processes of a service with SIGKILL, and returns how many there were. */
  readonly killContainers: (service: string) => number;
  readonly stop: () => void;
}

/**
 * `/simulator/…`: what tests and the command line ask of a simulator and tell it. Requests that change something carry
 * JSON by its content type, which a page of another origin cannot send.
 */
export function controlRoutes(options: ControlOptions): Route[] {
  const { clock, faults, log } = options;
  const change = (path: RegExp, act: (body: Record<string, unknown>) => unknown): Route => ({
    method: "POST",
    path,
    handle: async (exchange) => sendJson(exchange, (await act(await readChange(exchange))) ?? {}),
  });
  return [
    {
      method: "GET",
      path: /^\/simulator\/?$/,
      handle: (exchange) => sendJson(exchange, options.about()),
    },
    {
      method: "GET",
      path: /^\/simulator\/state$/,
      handle: (exchange) => sendJson(exchange, options.state()),
    },
    {
      method: "GET",
      path: /^\/simulator\/statements$/,
      handle: (exchange) => sendJson(exchange, log.entries),
    },
    change(/^\/simulator\/clock$/, async ({ advanceMs }) => {
      if (typeof advanceMs !== "number" || !(advanceMs >= 0)) {
        throw new HttpFailure(400, "advanceMs has to be a number of milliseconds, 0 or more");
      }
      clock.advance(advanceMs);
      await options.tick();
      return { now: clock.now() };
    }),
    change(/^\/simulator\/faults$/, (body) => faults.set(readFaultPlan(body))),
    change(/^\/simulator\/containers\/kill$/, ({ service }) => {
      if (typeof service !== "string") throw new HttpFailure(400, "service has to be a full name");
      return { killed: options.killContainers(service) };
    }),
    change(/^\/simulator\/stop$/, () => options.stop()),
  ];
}

async function readChange({ request }: Exchange): Promise<Record<string, unknown>> {
  if (request.headers["content-type"]?.startsWith("application/json") !== true) {
    throw new HttpFailure(415, "The body has to be application/json");
  }
  const body = await readJsonObject(request);
  return isRecord(body) ? body : {};
}
