import type { IssuedToken } from "./native-session.ts";
import type { RegistryLogin } from "./snow-session.ts";

/** A session's token as the image registry takes it: under a name that no user has, wrapped in JSON. */
export function registryLoginOf({ token, validSeconds }: IssuedToken): RegistryLogin {
  return {
    username: "0sessiontoken",
    password: JSON.stringify({ token, expires_in: String(validSeconds) }),
  };
}
