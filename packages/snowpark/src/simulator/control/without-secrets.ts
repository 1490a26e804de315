import { redactedMark } from "../../base/redact.ts";

/** The members of an account's objects whose values must not be shown. */
const secretMembers: ReadonlySet<string> = new Set(["password", "secret", "secretString"]);

/** A copy of an account's state that may be shown: whether there is a secret, and not which. */
export function withoutSecrets(state: unknown): unknown {
  if (Array.isArray(state)) return state.map(withoutSecrets);
  if (typeof state !== "object" || state === null) return state;
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) =>
      secretMembers.has(name) && typeof value === "string"
        ? [name, redactedMark]
        : [name, withoutSecrets(value)],
    ),
  );
}
