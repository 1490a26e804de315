import { type Exchange, sendText } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { Route } from "../http/router.ts";
import { noChoice, type SignIn } from "../sign-in/sign-in.ts";
import { SignInRefused } from "../sign-in/sign-in-refused.ts";

const page = "/simulator/sign-in";

/** Where a browser is sent that comes to an endpoint without a session. */
export function ingressSignInUrl(origin: string, host: string): string {
  return `${origin}${page}?host=${encodeURIComponent(host)}`;
}

/** The page at which a browser's user says who it is, and the way back to the endpoint. No password is asked for. */
export function ingressSignInRoutes(users: () => readonly string[], signIn: SignIn): Route[] {
  return [
    {
      method: "GET",
      path: /^\/simulator\/sign-in$/,
      handle: async (exchange) => {
        const host = hostOf(exchange);
        const user = exchange.url.searchParams.get("user");
        if (user === null) return sendChoice(exchange, { host, users: users() });
        const token = await tokenFor(user, { signIn, host });
        const location = `http://${host}/sfc-endpoint/signed-in?token=${token}`;
        sendText(exchange, "Signed in", { status: 302, headers: { location } });
      },
    },
  ];
}

async function tokenFor(
  name: string,
  { signIn, host }: { signIn: SignIn; host: string },
): Promise<string> {
  try {
    const { user, role } = (await signIn.trusted(name, noChoice)).state;
    return signIn.oauth.grant({ user, role, host });
  } catch (error) {
    if (error instanceof SignInRefused) throw new HttpFailure(403, error.message);
    throw error;
  }
}

/** Only endpoints of this machine: the page must not hand tokens to other hosts. */
function hostOf(exchange: Exchange): string {
  const host = (exchange.url.searchParams.get("host") ?? "").toLowerCase();
  if (/^[a-z0-9-]+\.(?:localhost|snowflakecomputing\.app)(?::\d+)?$/.test(host)) return host;
  throw new HttpFailure(400, "There is no endpoint to sign in to");
}

function sendChoice(
  exchange: Exchange,
  { host, users }: { host: string; users: readonly string[] },
): void {
  const links = users.map((user) => {
    const address = `${page}?host=${encodeURIComponent(host)}&user=${encodeURIComponent(user)}`;
    return `<li><a href="${escaped(address)}">${escaped(user)}</a></li>`;
  });
  const html = `<!doctype html><title>Simulated sign-in</title><h1>Sign in to ${escaped(host)} as</h1><ul>${links.join("")}</ul>`;
  sendText(exchange, html, { headers: { "content-type": "text/html; charset=utf-8" } });
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
