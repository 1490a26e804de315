/** Makes the virtual environments with pymilvus, or says why there are none. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("./.venv", import.meta.url));
const PYTHON_MINIMUM = [3, 9];

/**
 * @param {string} version of pymilvus, exactly
 * @returns {{interpreter: string} | {missing: string}} the environment's interpreter, or why there is none
 */
export function pythonWithPymilvus(version) {
  const folder = join(FOLDER, `pymilvus-${version}`);
  const interpreter = join(folder, "bin", "python");
  const mark = join(folder, "installed");
  if (existsSync(mark) && readFileSync(mark, "utf8") === version) return { interpreter };
  const python = process.env.PYTHON ?? "python3";
  const problem = pythonProblem(python);
  if (problem !== null) return { missing: problem };
  try {
    rmSync(folder, { recursive: true, force: true });
    run(python, ["-m", "venv", folder]);
    run(interpreter, [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      `pymilvus==${version}`,
    ]);
  } catch (error) {
    const said = String(error.stderr ?? error.message)
      .trim()
      .split("\n");
    return { missing: `pymilvus ${version} could not be installed: ${said.at(-1)}` };
  }
  writeFileSync(mark, version);
  return { interpreter };
}

function pythonProblem(python) {
  let found;
  try {
    found = run(python, ["-c", "import sys; print(*sys.version_info[:2])"]);
  } catch {
    return `${python} was not found`;
  }
  const [major, minor] = found.trim().split(" ").map(Number);
  if (major > PYTHON_MINIMUM[0] || (major === PYTHON_MINIMUM[0] && minor >= PYTHON_MINIMUM[1]))
    return null;
  return `${python} is ${major}.${minor}, pymilvus needs ${PYTHON_MINIMUM.join(".")}`;
}

function run(command, args) {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
