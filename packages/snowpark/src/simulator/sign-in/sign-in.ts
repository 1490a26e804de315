import type { AccountSession } from "../account/account-session.ts";
import type { Credentials } from "../account/sign-in.ts";
import type { SimulatedAccount } from "../account/simulated-account.ts";
import { BrowserSignIn } from "./browser-sign-in.ts";
import { OauthTokens } from "./oauth-tokens.ts";
import { expiredOauthToken, invalidOauthToken, SignInRefused } from "./sign-in-refused.ts";

/** What a client wants its session to begin with, by the names that are stored. */
export interface SessionChoice {
  readonly role: string | undefined;
  readonly warehouse: string | undefined;
  readonly database: string | undefined;
  readonly schema: string | undefined;
}

export const noChoice: SessionChoice = {
  role: undefined,
  warehouse: undefined,
  database: undefined,
  schema: undefined,
};

/** All the ways of signing in, for all the protocols. Each throws {@link SignInRefused}. */
export class SignIn {
  readonly browser: BrowserSignIn;
  readonly oauth: OauthTokens;
  readonly #account: SimulatedAccount;

  constructor(account: SimulatedAccount, now: () => number) {
    this.#account = account;
    this.browser = new BrowserSignIn(now);
    this.oauth = new OauthTokens(now, async (assertion, role) => {
      const session = await this.byKeyPair(assertion, { ...noChoice, role });
      return session.state.user;
    });
  }

  byPassword(
    { user, password, passcode }: { user: string; password: string; passcode: string | undefined },
    choice: SessionChoice = noChoice,
  ): Promise<AccountSession> {
    const second = passcode === undefined ? {} : { passcode };
    return this.#begin({ kind: "password", user, password, ...second }, choice);
  }

  byKeyPair(jwt: string, choice: SessionChoice = noChoice): Promise<AccountSession> {
    return this.#begin({ kind: "keyPair", jwt }, choice);
  }

  /** A programmatic access token, which knows its user itself. */
  byAccessToken(
    { user, token }: { user: string | undefined; token: string },
    choice: SessionChoice = noChoice,
  ): Promise<AccountSession> {
    const named = user === undefined ? {} : { user };
    return this.#begin({ kind: "token", token, ...named }, choice);
  }

  byOauth(token: string, choice: SessionChoice = noChoice): Promise<AccountSession> {
    const grant = this.oauth.find(token);
    // What is for one ingress does not open the account.
    if (grant === undefined || (grant !== "expired" && grant.host !== undefined)) {
      return Promise.reject(invalidOauthToken());
    }
    if (grant === "expired") return Promise.reject(expiredOauthToken());
    const role = choice.role ?? grant.role;
    return this.#begin({ kind: "trusted", user: grant.user }, { ...choice, role });
  }

  /** A token that a browser has brought, with the proof of the client that sent it there. */
  byBrowser(
    { token, proofKey }: { token: string; proofKey: string },
    choice: SessionChoice = noChoice,
  ): Promise<AccountSession> {
    const user = this.browser.redeem(token, proofKey);
    if (user === undefined) {
      return Promise.reject(new SignInRefused("390195", "The browser's token is not valid."));
    }
    return this.#begin({ kind: "trusted", user }, choice);
  }

  /** A user who has been found out otherwise, such as by a token that was given here. */
  trusted(user: string, choice: SessionChoice = noChoice): Promise<AccountSession> {
    return this.#begin({ kind: "trusted", user }, choice);
  }

  async #begin(credentials: Credentials, choice: SessionChoice): Promise<AccountSession> {
    const names = Object.entries(choice).filter(([, name]) => name !== undefined);
    const begun = this.#account.signIn(credentials, Object.fromEntries(names));
    if ("code" in begun) throw new SignInRefused(begun.code, begun.message);
    return begun;
  }
}
