/** A program of a page, with what the page says it prints and what it is to be run with. */
export interface PageProgram {
  /** The heading that it stands under, and the line of the page that it begins at. */
  readonly title: string;
  readonly code: string;
  /** What each `console.log` prints, in order. */
  readonly output: readonly string[];
  /** Variables that the page exports before it. */
  readonly variables: Readonly<Record<string, string>>;
  /** The text of the `brain_config.json` that the page shows before it. */
  readonly configFile: string | undefined;
}

/**
 * The programs of a page: each block of TypeScript that begins with an import, with the blocks without
 * imports that follow it. Blocks of shell exports and of JSON belong to the next program.
 */
export function pagePrograms(page: string): PageProgram[] {
  const programs: PageProgram[] = [];
  let heading = "";
  let variables: Record<string, string> = {};
  let configFile: string | undefined;
  const parts = page.matchAll(
    /^#+ (?<heading>.*)$|^```(?<language>\w+)\n(?<text>(?:.*\n)*?)```$/gm,
  );
  for (const { groups, index } of parts) {
    const { language, text = "" } = groups ?? {};
    if (groups?.["heading"] !== undefined) heading = groups["heading"];
    else if (language === "sh") Object.assign(variables, exportsOf(text));
    else if (language === "json") configFile = text;
    else if (language === "ts" && text.startsWith("import ")) {
      const line = page.slice(0, index).split("\n").length;
      programs.push({
        title: `${heading}, line ${line}`,
        code: text,
        output: [],
        variables,
        configFile,
      });
      variables = {};
      configFile = undefined;
    } else if (language === "ts") {
      const last = programs.pop();
      if (last === undefined) throw new Error("A page's first program imports what it uses");
      programs.push({ ...last, code: `${last.code}\n${text}` });
    }
  }
  return programs.map((program) => ({ ...program, output: outputOf(program.code) }));
}

function exportsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/^export (\w+)=(.*)$/gm)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}

/** Each `console.log` has its output behind it, or in the lines of comment below it. */
function outputOf(code: string): string[] {
  const output: string[] = [];
  const lines = code.split("\n");
  for (const [at, line] of lines.entries()) {
    if (!line.includes("console.log(")) continue;
    const beside = /^console\.log\(.*\); \/\/ (.*)$/.exec(line)?.[1];
    if (beside !== undefined) {
      output.push(beside);
      continue;
    }
    const end = lines.findIndex((next, i) => i > at && !next.startsWith("// "));
    const below = lines.slice(at + 1, end).map((comment) => comment.slice(3));
    if (below.length === 0) throw new Error(`The page does not say what is printed: ${line}`);
    output.push(below.join("\n"));
  }
  return output;
}
