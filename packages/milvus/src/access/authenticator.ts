import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { isIPv6 } from "node:net";
import { AccessError } from "./access-error.ts";
import type { AccessState } from "./access-state.ts";
import { readAuthorization } from "./authorization-header.ts";
import { verifyNothing, verifyPassword } from "./password-hash.ts";
import { SignInLimit } from "./sign-in-limit.ts";

/** Passwords that are checked at one time: each check takes 16 MiB and a thread of Node's four. */
const checksAtOnce = 2;
/** Checks that wait. More than these are refused at once. */
const waitingChecksMax = 200;
/** Checks of one address, so that no client takes the places of all others. */
const checksOfAddressMax = 20;
/** Users whose passwords are remembered. */
const rememberedMax = 1_000;

/** A password that has been found right, by the hash that it was right for. */
interface Verified {
  readonly hash: string;
  readonly proof: Buffer;
}

/**
 * Tells who a caller is. A password is checked once and then remembered, as a keyed hash that is
 * worth nothing outside this process, until the user's password changes: so calls cost microseconds.
 */
export class Authenticator {
  readonly #key = randomBytes(32);
  readonly #limit: SignInLimit;
  readonly #verified = new Map<string, Verified>();
  /** Checks that are under way or wait, by what they check: callers with the same one share it. */
  readonly #checks = new Map<string, Promise<boolean>>();
  /** How many of them each address has begun. */
  readonly #checkCounts = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(nowMs: () => number) {
    this.#limit = new SignInLimit(nowMs);
  }

  /**
   * The name of the user that an `authorization` header vouches for. Throws `AccessError` with
   * Milvus's texts, the same for a wrong password and for a user that does not exist.
   */
  async authenticate(
    state: AccessState,
    header: string | undefined,
    /** The client's address, without a port. */
    peer: string | undefined,
  ): Promise<string> {
    if (header === undefined || header === "") throw refusal("missing authorization in header");
    const credentials = readAuthorization(header);
    if (credentials === undefined) throw refusal("invalid token format");
    if (credentials.kind === "key") {
      throw refusal("auth check failure, please check api key is correct");
    }
    const { user, password } = credentials;
    if (!(await this.#isRight(state, { user, password, address: originOf(peer) }))) {
      throw refusal("auth check failure, please check username and password are correct");
    }
    return user;
  }

  /** Whether this is a user's password. Slow, and slower after failures: for changing it. */
  async isPassword(state: AccessState, user: string, password: string): Promise<boolean> {
    return this.#isRight(state, { user, password, address: "" });
  }

  async #isRight(state: AccessState, attempt: Attempt): Promise<boolean> {
    const { user, password, address } = attempt;
    const hash = state.users.find(({ name }) => name === user)?.password;
    const proof = createHmac("sha256", this.#key)
      .update(JSON.stringify([user, password]))
      .digest();
    const known = this.#verified.get(user);
    if (known !== undefined && known.hash === hash && timingSafeEqual(known.proof, proof)) {
      return true;
    }
    const key = `${proof.toString("base64")} ${hash ?? ""}`;
    let check = this.#checks.get(key);
    if (check === undefined) {
      if (!this.#hasPlaceFor(address) || !this.#limit.attempt(user, address)) return false;
      this.#countCheck(address, 1);
      check = this.#check(password, hash).finally(() => {
        this.#checks.delete(key);
        this.#countCheck(address, -1);
      });
      this.#checks.set(key, check);
    }
    if (!(await check) || hash === undefined) return false;
    this.#limit.succeed(user, address);
    this.#remember(user, { hash, proof });
    return true;
  }

  #hasPlaceFor(address: string): boolean {
    if (this.#waiting.length >= waitingChecksMax) return false;
    return (this.#checkCounts.get(address) ?? 0) < checksOfAddressMax;
  }

  #countCheck(address: string, change: number): void {
    const count = (this.#checkCounts.get(address) ?? 0) + change;
    if (count === 0) this.#checkCounts.delete(address);
    else this.#checkCounts.set(address, count);
  }

  async #check(password: string, hash: string | undefined): Promise<boolean> {
    if (this.#running < checksAtOnce) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      if (hash !== undefined) return await verifyPassword(password, hash);
      await verifyNothing(password);
      return false;
    } finally {
      // The place goes to the next one who waits, or is free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #remember(user: string, verified: Verified): void {
    // More than there are users: those that are gone are forgotten with the rest.
    if (this.#verified.size >= rememberedMax) this.#verified.clear();
    this.#verified.set(user, verified);
  }
}

interface Attempt {
  readonly user: string;
  readonly password: string;
  readonly address: string;
}

function refusal(message: string): AccessError {
  return new AccessError("unauthenticated", message);
}

/**
 * By what failures are counted: an address of IPv4, or the network of one of IPv6, because a client
 * there has 2^64 addresses to choose from.
 */
function originOf(peer: string | undefined): string {
  if (peer === undefined || !isIPv6(peer)) return peer ?? "";
  if (peer.includes(".")) return peer.slice(peer.lastIndexOf(":") + 1);
  const [head, tail] = peer.replace(/%.*$/, "").split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(zeros).fill("0"), ...last];
  return groups.slice(0, 4).join(":");
}
