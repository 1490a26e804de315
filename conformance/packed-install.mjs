/**
 * Installs the packages as a user gets them: packed, into an empty folder, without this repository around them.
 *
 *   node conformance/packed-install.mjs                 after a build
 *   node conformance/packed-install.mjs --totals file   also writes {"passed", "failed", "skipped"} to the file
 *
 * Exits with 1 when anything failed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PACKAGES = ["engine", "milvus", "brain", "snowpark", "redkite"];
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");
const COMMAND_TIMEOUT_MS = 300_000;

/** What a tarball may hold: what runs, its types, and what npm adds. */
const NEEDED = [
  /^package\.json$/,
  /^(README|LICENSE|NOTICE|CHANGELOG)(\.md)?$/,
  /^bin\/[^/]+\.js$/,
  /^dist\/.+\.(js|d\.ts|wasm|json|proto)$/,
  // What the images of packages/snowpark are made of, and the schema of snowpark.yaml.
  /^(images|notebooks)\/[^/]+$/,
  /^snowpark\.schema\.json$/,
];

/** What only those who build the packages need. */
const DEVELOPMENT = ["typescript", "vitest", "assemblyscript", "fast-check", "@biomejs/biome"];

/** The client's types are there, and are not `any`: the second call must be an error. */
const TYPED_USE = `import { MilvusClient } from "redkite";

const client = new MilvusClient("./typed.db");
const found = await client.hasCollection({ collection_name: "films" });
export const there: Boolean = found.value;
// @ts-expect-error: a name is text
await client.hasCollection({ collection_name: 42 });
`;

/** What it prints tells the one sample that is nearest to the first one. */
const BRAIN_USE = `import { computeSimilarity, createDataset } from "redkite/brain";

const dataset = await createDataset("packed", { home: "./datasets" });
const filepaths = ["a.png", "b.png", "c.png"].map((name) => new URL(name, import.meta.url).pathname);
const ids = await dataset.addSamples(filepaths.map((filepath) => ({ filepath })));
const embeddings = [[1, 0], [0.9, 0.1], [0, 1]];
const index = await computeSimilarity(dataset, { brainKey: "nearest", embeddings });
const hits = await index.search(ids[0], { k: 2 });
console.log(ids.indexOf(hits[1].id));
await dataset.close();
`;

const totals = { passed: 0, failed: 0, skipped: 0 };

function check(say, work) {
  try {
    work();
    totals.passed += 1;
    process.stdout.write(`  ok      ${say}\n`);
  } catch (error) {
    totals.failed += 1;
    process.stdout.write(`  FAILED  ${say}\n`);
    const said = [error.message, error.stdout, error.stderr].filter(Boolean).join("\n").trim();
    process.stdout.write(`          ${said.replaceAll("\n", "\n          ")}\n`);
  }
}

function main() {
  const { values } = parseArgs({ options: { totals: { type: "string" } } });
  const folder = mkdtempSync(join(tmpdir(), "redkite-packed-"));
  try {
    const packed = pack(folder);
    for (const tarball of packed) {
      check(`${tarball.name} holds only what is needed`, () => assertNeeded(tarball));
    }
    const home = join(folder, "home");
    check("npm i of the tarballs in an empty folder", () => install(home, folder, packed));
    check("no development dependency came with them", () => assertNoDevelopment(home));
    check("the first example of README.md runs", () => runExample(home));
    check("redkite/brain finds similar samples", () => runBrain(home));
    check("npx redkite --version", () => assertVersion(home));
    check("npx redkite snowpark up, verify, down, simulated", () => rehearseSnowpark(home));
    check("the types are there", () => compileTypedUse(home));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`packed install: ${totals.passed} passed, ${totals.failed} failed\n`);
  if (values.totals !== undefined) writeFileSync(values.totals, JSON.stringify(totals));
  if (totals.failed > 0) process.exitCode = 1;
}

function pack(folder) {
  const workspaces = PACKAGES.map((name) => `--workspace=packages/${name}`);
  const said = npm(ROOT, [
    "pack",
    "--json",
    "--ignore-scripts",
    "--pack-destination",
    folder,
    ...workspaces,
  ]);
  return JSON.parse(said.slice(said.indexOf("[")));
}

function assertNeeded({ files }) {
  const unneeded = files
    .map(({ path }) => path)
    .filter((path) => !NEEDED.some((kind) => kind.test(path)));
  if (unneeded.length > 0) {
    throw new Error(
      `${unneeded.length} files are not needed, such as ${unneeded.slice(0, 5).join(", ")}`,
    );
  }
  if (!files.some(({ path }) => path.startsWith("dist/")))
    throw new Error("There is no dist in it");
  if (!files.some(({ path }) => path === "LICENSE")) throw new Error("There is no LICENSE in it");
}

function install(home, folder, packed) {
  execFileSync("mkdir", [home]);
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm(home, [
    "install",
    "--no-audit",
    "--no-fund",
    ...packed.map(({ filename }) => join(folder, filename)),
  ]);
}

function assertNoDevelopment(home) {
  const present = DEVELOPMENT.filter((name) => existsSync(join(home, "node_modules", name)));
  if (present.length > 0) throw new Error(`Found ${present.join(", ")}`);
}

function runExample(home) {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const example = /^```(?:ts|typescript|js|javascript)\n(.*?)^```/ms.exec(readme)?.[1];
  if (example === undefined) throw new Error("README.md has no block of ts or js");
  writeFileSync(join(home, "example.mjs"), example);
  const said = run(home, process.execPath, ["example.mjs"]);
  if (!/^Robins sing .* 0\.\d+\n$/.test(said)) throw new Error(`The example printed: ${said}`);
}

function runBrain(home) {
  writeFileSync(join(home, "brain.mjs"), BRAIN_USE);
  const said = run(home, process.execPath, ["brain.mjs"]).trim();
  if (said !== "1") throw new Error(`The nearest sample is ${said}`);
}

function assertVersion(home) {
  const { version } = JSON.parse(readFileSync(join(ROOT, "packages/redkite/package.json"), "utf8"));
  const said = npm(home, ["exec", "--no", "redkite", "--", "--version"]).trim();
  if (said !== version) throw new Error(`Expected ${version}, found ${said}`);
}

/** The server's image is made of what npm installed, not of a checkout, and answers. */
function rehearseSnowpark(home) {
  const snowpark = (...words) =>
    npm(home, ["exec", "--no", "redkite", "--", "snowpark", ...words, "--simulate", "--yes"]);
  try {
    snowpark("up");
    const said = npm(home, ["exec", "--no", "redkite", "--", "snowpark", "verify", "--simulate"]);
    if (!said.includes("Alan Turing")) throw new Error(`verify printed: ${said}`);
  } finally {
    snowpark("down", "--delete-data");
  }
}

function compileTypedUse(home) {
  writeFileSync(join(home, "typed.ts"), TYPED_USE);
  const options = [
    "--strict",
    "--noEmit",
    "--skipLibCheck",
    "--module",
    "nodenext",
    "--target",
    "es2023",
  ];
  run(home, process.execPath, [TSC, "--ignoreConfig", ...options, "--types", "", "typed.ts"]);
}

function npm(cwd, args) {
  return run(cwd, "npm", args);
}

function run(cwd, command, args) {
  return execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: COMMAND_TIMEOUT_MS,
  });
}

main();
