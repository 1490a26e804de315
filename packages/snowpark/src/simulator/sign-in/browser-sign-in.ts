import { randomBytes } from "node:crypto";
import { type Exchange, sendText } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { Route } from "../http/router.ts";

interface Attempt {
  readonly user: string;
  readonly port: number;
  readonly endsAt: number;
}

const attemptMs = 120_000;

/** The page at which a browser signs a driver's user in. It asks nothing: whoever opens it is taken for the user. */
export class BrowserSignIn {
  readonly routes: readonly Route[];
  readonly #now: () => number;
  readonly #attempts = new Map<string, Attempt>();
  /** Tokens that a browser has got, with the proof of the client that began. Each is good once. */
  readonly #tokens = new Map<string, { readonly user: string; readonly proofKey: string }>();

  constructor(now: () => number) {
    this.#now = now;
    this.routes = [
      { method: "GET", path: /^\/simulator\/sso$/, handle: (exchange) => this.#page(exchange) },
      {
        method: "GET",
        path: /^\/console\/login$/,
        handle: (exchange) => this.#consolePage(exchange),
      },
    ];
  }

  /** Begins a sign-in for a driver that listens at a port of its own machine. */
  begin({ user, port }: { user: string; port: number }): {
    readonly page: string;
    readonly proofKey: string;
  } {
    const proofKey = randomBytes(32).toString("base64");
    this.#attempts.set(proofKey, { user, port, endsAt: this.#now() + attemptMs });
    return { page: `/simulator/sso?proof_key=${encodeURIComponent(proofKey)}`, proofKey };
  }

  /** The user of a browser's token, which is worthless afterwards. */
  redeem(token: string, proofKey: string): string | undefined {
    const found = this.#tokens.get(token);
    this.#tokens.delete(token);
    return found?.proofKey === proofKey ? found.user : undefined;
  }

  #page(exchange: Exchange): void {
    const proofKey = exchange.url.searchParams.get("proof_key") ?? "";
    const attempt = this.#attempts.get(proofKey);
    this.#attempts.delete(proofKey);
    if (attempt === undefined || attempt.endsAt <= this.#now()) {
      throw new HttpFailure(400, "This sign-in is unknown or has expired: begin again");
    }
    this.#return(exchange, { ...attempt, proofKey });
  }

  /** Where drivers send the browser that make the proof key themselves. */
  #consolePage(exchange: Exchange): void {
    const { searchParams } = exchange.url;
    const port = Number(searchParams.get("browser_mode_redirect_port"));
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new HttpFailure(400, "There is no port to return to");
    }
    const user = searchParams.get("login_name") ?? "";
    this.#return(exchange, { user, port, proofKey: searchParams.get("proof_key") ?? "" });
  }

  #return(
    exchange: Exchange,
    { user, port, proofKey }: { user: string; port: number; proofKey: string },
  ): void {
    const token = randomBytes(24).toString("base64url");
    this.#tokens.set(token, { user: user.toUpperCase(), proofKey });
    const location = `http://localhost:${port}/?token=${token}`;
    sendText(exchange, "Signed in", { status: 302, headers: { location } });
  }
}
