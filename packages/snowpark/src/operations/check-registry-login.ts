import { parseReference } from "../oci/image-reference.ts";
import { type RegistryAccess, RegistryClient, unexpectedAnswer } from "../oci/registry-client.ts";

/**
 * Signs in to the registry of a repository, and does nothing else there.
 *
 * @throws SnowparkError `sign-in-failed`, `network`, and as `unexpectedAnswer` says.
 */
export async function checkRegistryLogin(
  repositoryUrl: string,
  access: RegistryAccess,
): Promise<void> {
  const client = new RegistryClient(parseReference(repositoryUrl), access, "pull");
  const answer = await client.send({ method: "GET", address: "/v2/" });
  if (!answer.ok) throw await unexpectedAnswer("sign in", answer);
  await answer.body?.cancel();
}
