import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ProgramRunner, pushWithEngine } from "../../src/images/container-engine.ts";
import type { ImageDefinition } from "../../src/images/image-definition.ts";
import { milvusImage } from "../../src/images/milvus-image.ts";
import { textEntry } from "../../src/oci/layer-entry.ts";
import { temporaryFolder } from "../oci/debian-tools.ts";

/** No engine runs here: what is tested is what it would be told. */
interface Told {
  readonly command: string;
  readonly input: string | undefined;
}

const credentials = { username: "kite", password: "secret" };
const repository = "org-acct.registry.example/db/public/repo";

function image(): ImageDefinition {
  const recipe: ImageDefinition["recipe"] = {
    from: "registry.example/base:1",
    entries: async () => [textEntry("app/run", "#!/bin/sh", 0o755)],
    run: {
      Entrypoint: ["/app/run"],
      Env: ['A=say "$HOME" = \\'],
      ExposedPorts: { "1/tcp": {} },
      Volumes: { "/data": {} },
      Labels: { "org.example": '{"1":"A"}' },
      WorkingDir: "/app",
    },
  };
  return { ...milvusImage("2.6.4"), name: "sample", tag: "1-abc", recipe };
}

describe("pushWithEngine()", () => {
  it("builds for linux/amd64, signs in by standard input, and pushes", async () => {
    using folder = temporaryFolder();
    const told: Told[] = [];
    let file = "";
    const run: ProgramRunner = async (program, args, { input }) => {
      told.push({ command: [program, ...args].join(" "), input });
      const context = args.at(-1) ?? "";
      if (args[0] === "build") {
        file = readFileSync(join(context, "Dockerfile"), "utf8");
        expect(statSync(join(context, "root/app/run")).mode & 0o777).toBe(0o755);
      }
      return 0;
    };
    const build = { fetch, sleep: async () => {}, cacheFolder: folder.path };
    const reference = await pushWithEngine(image(), {
      engine: "podman",
      run,
      repository,
      credentials,
      build,
    });
    expect(reference).toBe(`${repository}/sample:1-abc`);
    const context = join(folder.path, "context", "sample-1-abc");
    expect(told).toEqual([
      {
        command: `podman build --platform linux/amd64 --tag ${reference} ${context}`,
        input: undefined,
      },
      {
        command: "podman login --username kite --password-stdin org-acct.registry.example",
        input: "secret",
      },
      { command: `podman push ${reference}`, input: undefined },
      { command: "podman logout org-acct.registry.example", input: undefined },
    ]);
    expect(file).toBe(
      [
        "FROM registry.example/base:1",
        "COPY root/ /",
        'ENV A="say \\"\\$HOME\\" = \\\\"',
        'LABEL org.example="{\\"1\\":\\"A\\"}"',
        "EXPOSE 1/tcp",
        'VOLUME ["/data"]',
        "WORKDIR /app",
        'ENTRYPOINT ["/app/run"]',
        "",
      ].join("\n"),
    );
    expect(existsSync(context)).toBe(false);
  });

  it("says which step failed, and leaves nothing behind", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "context"));
    const told: (string | undefined)[] = [];
    const run: ProgramRunner = async (_program, args) => {
      told.push(args[0]);
      return args[0] === "login" ? 125 : 0;
    };
    const build = { fetch, sleep: async () => {}, cacheFolder: folder.path };
    const pushed = pushWithEngine(image(), {
      engine: "docker",
      run,
      repository,
      credentials,
      build,
    });
    await expect(pushed).rejects.toMatchObject({
      code: "image-failed",
      message: expect.stringMatching(/^docker login .* ended with 125$/),
    });
    expect(told).toEqual(["build", "login", "logout"]);
    expect(existsSync(join(folder.path, "context", "sample-1-abc"))).toBe(false);
  });

  it("says that the engine is not there", async () => {
    using folder = temporaryFolder();
    const run: ProgramRunner = async () => {
      throw new Error("spawn docker ENOENT");
    };
    const build = { fetch, sleep: async () => {}, cacheFolder: folder.path };
    const pushed = pushWithEngine(image(), {
      engine: "docker",
      run,
      repository,
      credentials,
      build,
    });
    await expect(pushed).rejects.toMatchObject({
      code: "image-failed",
      message: "docker could not be run here",
    });
  });
});
