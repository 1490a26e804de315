import type { DoctorTools } from "@redkite/snowpark";
import type { CommandContext } from "./command-context.ts";
import { deploymentImages, rehearsable } from "./deployment-images.ts";

/** What `doctor` looks at outside of SQL: the registry, and whether images can be built here. */
export function doctorTools(context: CommandContext): DoctorTools {
  const { snowpark, session, signal, fetch, options } = context;
  return {
    async examineImages() {
      const { server, notebook } = await deploymentImages(
        snowpark,
        await rehearsable(context),
        options,
      );
      const images = [server, notebook].filter((image) => image !== undefined);
      return `${images.map(({ name, tag }) => `${name}:${tag}`).join(" and ")} can be built here`;
    },
    async examineRegistry(repositoryUrl) {
      await snowpark.checkRegistryLogin(repositoryUrl, {
        fetch,
        sleep: context.operation.clock.sleep,
        signal,
        login: () => session.registryLogin(),
      });
    },
  };
}
