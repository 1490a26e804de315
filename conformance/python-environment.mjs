/** Makes virtual environments with packages of PyPI, or says why there are none. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lastLine, runTool } from "./tool.mjs";

const FOLDER = fileURLToPath(new URL("./.venv", import.meta.url));
const PYTHON_MINIMUM = [3, 9];

/** What Python processes are started with: no compiled files in the repository, no remarks of gRPC's among ours. */
export const PYTHON_SETTINGS = { PYTHONDONTWRITEBYTECODE: "1", GRPC_VERBOSITY: "NONE" };

/**
 * @param {string} name of the environment
 * @param {string[]} requirements packages with exact versions
 * @param {string[]} [bare] packages to install without what they ask for: the requirements hold what is used of that
 * @returns {{interpreter: string} | {missing: string}} the environment's interpreter, or why there is none
 */
export function pythonEnvironment(name, requirements, bare = []) {
  const folder = join(FOLDER, name);
  const interpreter = join(folder, "bin", "python");
  const mark = join(folder, "installed");
  const wanted = [...requirements, ...bare].join(" ");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return { interpreter };
  const python = process.env.PYTHON ?? "python3";
  const problem = pythonProblem(python);
  if (problem !== null) return { missing: problem };
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  try {
    rmSync(folder, { recursive: true, force: true });
    runTool(python, ["-m", "venv", folder]);
    runTool(interpreter, [...install, ...requirements]);
    if (bare.length > 0) runTool(interpreter, [...install, "--no-deps", ...bare]);
  } catch (error) {
    return { missing: `${wanted} could not be installed: ${lastLine(error)}` };
  }
  writeFileSync(mark, wanted);
  return { interpreter };
}

/** @param {string} version of pymilvus, exactly */
export function pythonWithPymilvus(version) {
  return pythonEnvironment(`pymilvus-${version}`, [`pymilvus==${version}`]);
}

function pythonProblem(python) {
  let found;
  try {
    found = runTool(python, ["-c", "import sys; print(*sys.version_info[:2])"]);
  } catch {
    return `${python} was not found`;
  }
  const [major, minor] = found.trim().split(" ").map(Number);
  if (major > PYTHON_MINIMUM[0] || (major === PYTHON_MINIMUM[0] && minor >= PYTHON_MINIMUM[1]))
    return null;
  return `${python} is ${major}.${minor}, pymilvus needs ${PYTHON_MINIMUM.join(".")}`;
}
