import { randomBytes } from "node:crypto";
import { checkPassword } from "./access-names.ts";
import { rootName } from "./access-state.ts";
import type { AccessStore } from "./access-store.ts";
import { hashPassword } from "./password-hash.ts";
import { changeUser } from "./user-changes.ts";

export interface RootPasswordOptions {
  /** 6 to 72 bytes. Default: one that is made up. */
  readonly password?: string;
  /** Whether to replace a password that root has. Default false. */
  readonly isReset?: boolean;
}

/**
 * Gives root a password if it has none. Answers one that was made up, which nobody can be told of
 * again. Throws `MilvusError` for a given one that is too short or too long.
 */
export async function ensureRootPassword(
  store: AccessStore,
  { password, isReset = false }: RootPasswordOptions,
): Promise<string | undefined> {
  if (password !== undefined) checkPassword(password);
  const { state } = await store.current();
  const root = state.users.find(({ name }) => name === rootName);
  if (root?.password !== undefined && !isReset) return undefined;
  const madeUp = password === undefined ? randomBytes(18).toString("base64url") : undefined;
  const hash = await hashPassword(password ?? madeUp ?? "");
  await store.change((latest) => changeUser(latest, rootName, { password: hash }));
  return madeUp;
}
