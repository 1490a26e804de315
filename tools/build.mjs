// Builds everything from a fresh checkout: generated sources first, then the packages.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(title, file, ...args) {
  const result = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: "inherit" });
  if (result.status === 0) return;
  console.error(`Build failed: ${title}`);
  process.exit(result.status ?? 1);
}

run("SIMD kernels (AssemblyScript)", "tools/build-kernels.mjs");
run("Milvus messages (protobuf)", "tools/build-messages.mjs");
run("TypeScript", "node_modules/typescript/bin/tsc", "--build");
