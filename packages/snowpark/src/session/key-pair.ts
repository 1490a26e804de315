import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { SnowparkError } from "../base/snowpark-error.ts";
import { accountOfAssertion } from "./account-address.ts";

/** How long an assertion holds: Snowflake takes an hour at most, and clocks differ. */
const lifetimeSeconds = 59 * 60;

/** The key with which a user signs in. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  /** As `DESC USER` shows it in `RSA_PUBLIC_KEY_FP`: `SHA256:…`. */
  readonly fingerprint: string;
}

/**
 * Reads a private key: PEM, PKCS#8 or PKCS#1, encrypted or not. Bare base64 of PKCS#8, as environment variables often
 * have it, is taken too.
 *
 * @throws SnowparkError `invalid-configuration` when it is none, its passphrase is missing or wrong, or it is not RSA.
 */
export function readKeyPair(text: string, passphrase?: string): KeyPair {
  const pem = text.includes("-----BEGIN")
    ? text.replaceAll("\\n", "\n")
    : `-----BEGIN PRIVATE KEY-----\n${text.replaceAll(/\s/g, "")}\n-----END PRIVATE KEY-----\n`;
  if (passphrase === undefined && /ENCRYPTED/.test(pem)) {
    throw unusableKey("it is encrypted and no passphrase is given", "Set private_key_passphrase");
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({
      key: pem,
      format: "pem",
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch {
    // OpenSSL's texts tell nothing that helps, and may quote the key.
    throw unusableKey(
      passphrase === undefined
        ? "it is not a PEM key"
        : "it is not a PEM key, or its passphrase is wrong",
      "Make one with: openssl genrsa 2048 | openssl pkcs8 -topk8 -inform PEM -out rsa_key.p8 -nocrypt",
    );
  }
  if (privateKey.asymmetricKeyType !== "rsa") {
    throw unusableKey(
      `it is ${privateKey.asymmetricKeyType}, not RSA`,
      "Make an RSA key of 2048 bits",
    );
  }
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const digest = createHash("sha256").update(publicKey).digest("base64");
  return { privateKey, fingerprint: `SHA256:${digest}` };
}

function unusableKey(reason: string, remedy: string): SnowparkError {
  return new SnowparkError("invalid-configuration", `The private key can't be used: ${reason}`, {
    remedy,
  });
}

/** Who signs in, to which account, at what time. */
export interface Assertion {
  readonly account: string;
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface SignedAssertion {
  /** A JSON Web Token, signed with RS256. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Signs that the user is the one with this key. */
export function signAssertion(key: KeyPair, { account, user, now }: Assertion): SignedAssertion {
  const subject = `${accountOfAssertion(account)}.${user.toUpperCase()}`;
  const issuedAt = Math.floor(now / 1000);
  const expiresAt = issuedAt + lifetimeSeconds;
  const claims = {
    iss: `${subject}.${key.fingerprint}`,
    sub: subject,
    iat: issuedAt,
    exp: expiresAt,
  };
  const unsigned = `${base64Url({ alg: "RS256", typ: "JWT" })}.${base64Url(claims)}`;
  const signature = sign("sha256", Buffer.from(unsigned), key.privateKey).toString("base64url");
  return { token: `${unsigned}.${signature}`, expiresAt: expiresAt * 1000 };
}

function base64Url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
