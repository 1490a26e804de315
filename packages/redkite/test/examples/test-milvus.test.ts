import { startServer } from "redkite";
import { afterEach, describe, expect, it, vi } from "vitest";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("examples/test-milvus.ts", () => {
  it("finds the sentence about Turing, and does so again when it is run again", async () => {
    const server = await startServer({
      dataPath: ":memory:",
      port: 0,
      auth: { password: "kite-secret-1" },
    });
    vi.stubEnv("MILVUS_URI", `http://${server.address}`);
    vi.stubEnv("MILVUS_TOKEN", "root:kite-secret-1");
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      for (let runs = 1; runs <= 2; runs++) {
        vi.resetModules();
        await import("../../examples/test-milvus.ts");
        expect(write.mock.calls.at(-1)?.[0]).toBe(
          "Alan Turing was the first person to conduct substantial research in AI.\n",
        );
        expect(write.mock.calls).toHaveLength(runs);
      }
    } finally {
      await server.close();
    }
  }, 30_000);
});
