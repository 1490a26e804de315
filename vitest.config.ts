import { defineConfig } from "vitest/config";

// Tests run the sources without a build: the "@redkite/source" condition of each package's exports.
// No other condition: Vitest hands them on to Node, which has its own, and which would take what
// packages keep for "import" or "module" where they are required.
const conditions = ["@redkite/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@redkite/source"] } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "tools/**/*.test.ts", "bench/**/*.test.ts"],
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // No test downloads what a user would.
    env: { REDKITE_OFFLINE: "1" },
    // Vitest leaves one core to the editor; a test run here has the machine.
    maxWorkers: "100%",
  },
});
