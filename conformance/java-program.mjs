/** Builds the Java client's application, or says why it cannot be built. Versions are pinned by pom.xml. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { lastLine, runTool, toolIsThere } from "./tool.mjs";

const SOURCE = fileURLToPath(new URL("./application/java", import.meta.url));
const CACHE = fileURLToPath(new URL("./.cache/java", import.meta.url));

/** @returns {{command: string, args: string[]} | {missing: string}} */
export function javaProgram() {
  for (const tool of ["javac", "mvn"]) {
    if (!toolIsThere(tool, ["-version"])) return { missing: `${tool} was not found` };
  }
  const classes = join(CACHE, "classes");
  try {
    const classPath = [join(libraries(), "*"), classes].join(delimiter);
    runTool("javac", ["-d", classes, "-cp", classPath, join(SOURCE, "Application.java")]);
    return { command: "java", args: ["-cp", classPath, "Application"] };
  } catch (error) {
    return { missing: `the Java application could not be built: ${lastLine(error)}` };
  }
}

/** The jars of the SDK and of all that it needs: Maven is asked again only when pom.xml has changed. */
function libraries() {
  const folder = join(CACHE, "lib");
  const mark = join(CACHE, "installed.xml");
  const pom = readFileSync(join(SOURCE, "pom.xml"), "utf8");
  if (existsSync(mark) && readFileSync(mark, "utf8") === pom) return folder;
  rmSync(CACHE, { recursive: true, force: true });
  runTool("mvn", ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${folder}`], {
    cwd: SOURCE,
  });
  writeFileSync(mark, pom);
  return folder;
}
