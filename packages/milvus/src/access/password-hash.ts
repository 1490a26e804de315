import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

/** 16 MiB and some 0.2 s of a core for each guess: one of the settings that OWASP recommends. */
const logCost = 14;
const blockSize = 8;
const parallelism = 5;
const saltBytes = 16;
const hashBytes = 32;

/** The dearest parameters that are accepted in a hash from elsewhere: 256 MiB. */
const logCostMax = 17;
const blockSizeMax = 16;
const parallelismMax = 8;

const form =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([a-z0-9+/]{22})\$([a-z0-9+/]{43})$/i;

interface PasswordHash {
  readonly options: ScryptOptions;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/**
 * A hash of a password that is dear to guess from: scrypt with a salt, computed off this thread, as
 * text with its parameters: `$scrypt$ln=14,r=8,p=5$salt$hash`.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, scryptOptions(logCost, blockSize, parallelism));
  const parameters = `ln=${logCost},r=${blockSize},p=${parallelism}`;
  return `$scrypt$${parameters}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Whether a text is a hash that {@link verifyPassword} can work with. */
export function isPasswordHash(text: string): boolean {
  return parse(text) !== undefined;
}

/** Whether a password is the hashed one. Takes as long for a wrong one as for the right one. */
export async function verifyPassword(password: string, hashed: string): Promise<boolean> {
  const parsed = parse(hashed);
  if (parsed === undefined) return false;
  return timingSafeEqual(await derive(password, parsed.salt, parsed.options), parsed.hash);
}

/** Takes as long as {@link verifyPassword}: for users that do not exist. */
export async function verifyNothing(password: string): Promise<void> {
  const options = scryptOptions(logCost, blockSize, parallelism);
  await derive(password, Buffer.alloc(saltBytes), options);
}

function parse(text: string): PasswordHash | undefined {
  const [, logN, r, p, salt, hash] = form.exec(text) ?? [];
  if (logN === undefined) return undefined;
  const costs = [Number(logN), Number(r), Number(p)] as const;
  if (costs.some((cost) => cost === 0)) return undefined;
  if (costs[0] > logCostMax || costs[1] > blockSizeMax || costs[2] > parallelismMax) {
    return undefined;
  }
  return {
    options: scryptOptions(...costs),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}

function scryptOptions(logN: number, r: number, p: number): ScryptOptions {
  // OpenSSL counts 128 bytes a block, and some more for its work.
  const bytes = 128 * r * (2 ** logN + p);
  return { N: 2 ** logN, r, p, maxmem: 2 * bytes };
}

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, options, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
