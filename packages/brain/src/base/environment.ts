import { homedir } from "node:os";
import { env } from "node:process";

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** This process's variables: the default of every `environment` option, and read nowhere else. */
export const processEnvironment: Environment = env;

/** The folder of the user, `~`. */
export function userFolder(): string {
  return homedir();
}
