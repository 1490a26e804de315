/** What stands where a secret stood. */
export const redactedMark = "***";

const string = String.raw`'(?:[^'\\]|''|\\[\s\S])*'?`;
const quoted = String.raw`"(?:[^"\\]|""|\\[\s\S])*"?`;
const dollars = String.raw`\$\$[\s\S]*?(?:\$\$|$)`;
const secretKey =
  "(?:password|passphrase|passcode|pwd|secret|secret_string|secret_key|token|token_secret|private_key|privatekey|privatekeypass|api_key|proof_?key)";

/** What gives a secret away by its shape. Each keeps its first group and hides the rest. */
const patterns: readonly RegExp[] = [
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // PASSWORD = '…', "sessionToken": "…", Snowflake Token="…", secret_string => $$…$$
  new RegExp(
    String.raw`(\b\w*?${secretKey}["']?\s*(?:=>|=|:)\s*)(?:${string}|${quoted}|${dollars})`,
    "gi",
  ),
  // SNOWFLAKE_PASSWORD=hunter2, ?token=…&
  new RegExp(String.raw`(\b\w*?${secretKey}=)(?!(?:true|false|null)\b)[^\s'"$&,;(){}[\]]+`, "gi"),
  /(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/gi,
  // JSON Web Tokens: key-pair assertions, OAuth and programmatic access tokens.
  /()(?<![\w-])eyJ[\w-]{4,}\.[\w-]+\.[\w-]*/g,
  // Snowflake's session and master tokens.
  /()\bver:\d+-hint:[\w+/=-]+/g,
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,255}:)[^\s/@]+(?=@)/gi,
];

/**
 * A text without its secrets: those given, in every spelling that SQL, JSON, addresses and base64 give them, and what
 * looks like one (passwords and tokens beside their names, JSON Web Tokens, private keys).
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let shown = text;
  const spellings = new Set(secrets.flatMap(spellingsOf));
  for (const spelling of [...spellings].sort((a, b) => b.length - a.length)) {
    shown = shown.replaceAll(spelling, redactedMark);
  }
  for (const pattern of patterns) {
    shown = shown.replace(pattern, (_match, kept: string) => `${kept}${redactedMark}`);
  }
  return shown;
}

/** Whether a column, a header or a setting of that name holds a secret. */
export function isSecretName(name: string): boolean {
  return secretNames.test(name);
}

const secretNames = new RegExp(`${secretKey}$|^authorization$`, "i");

function spellingsOf(secret: string): string[] {
  if (secret.length === 0) return [];
  const sql = secret.replaceAll("'", "''");
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    sql,
    sql.replaceAll("\\", "\\\\"),
    secret.replaceAll("\\", "\\\\").replaceAll("'", "\\'"),
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll("'", "''"),
    encodeURIComponent(Buffer.from(secret, "utf8").toString("utf8")),
    Buffer.from(secret, "utf8").toString("base64"),
  ];
}
