import { SnowparkError } from "../base/snowpark-error.ts";
import type { Deployment } from "../resources/deployment.ts";
import type { ResourceContext } from "../resources/resource.ts";
import type { SnowSession } from "../session/snow-session.ts";

export interface PlanContextParts {
  readonly session: SnowSession;
  /** Makes the password of the database's root: at least 24 random bytes as text that needs no quoting. */
  readonly newSecret: () => string;
  readonly now: () => Date;
}

/** A {@link ResourceContext} that finds out by itself which role can look. */
export interface PlanContext extends ResourceContext {
  readonly now: () => Date;
  /** To be called when who holds the owner's role has changed. */
  rolesChanged(): void;
}

export function planContext(deployment: Deployment, parts: PlanContextParts): PlanContext {
  const { adminRole, existing, names } = deployment.config;
  let reader: Promise<string> | undefined;
  return {
    ...parts,
    async schemaReader() {
      if (existing.includes("ownerRole")) {
        return names.ownerRole;
      }
      reader ??= usableRole(parts.session, { first: names.ownerRole, otherwise: adminRole });
      try {
        return await reader;
      } catch (error) {
        // A network that failed once is asked again.
        reader = undefined;
        throw error;
      }
    },
    rolesChanged() {
      reader = undefined;
    },
  };
}

/** Refusals that say that the role is not there, or not this user's. */
const refusals = new Set(["statement-failed", "insufficient-privileges", "sign-in-failed"]);

async function usableRole(
  session: SnowSession,
  roles: { readonly first: string; readonly otherwise: string },
): Promise<string> {
  try {
    await session.execute("SELECT CURRENT_ROLE()", { role: roles.first });
    return roles.first;
  } catch (error) {
    if (error instanceof SnowparkError && refusals.has(error.code)) {
      return roles.otherwise;
    }
    throw error;
  }
}
