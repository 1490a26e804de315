/** Takes a dataset over from FiftyOne in each of its formats, and gives one back. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FORMATS } from "./datasets/formats.mjs";
import { neutralSamples } from "./datasets/neutral-samples.mjs";
import { differencesIn, saidByFormat, toleranceOf } from "./datasets/said-by-format.mjs";
import { PYTHON_SETTINGS } from "./python-environment.mjs";
import { runTool } from "./tool.mjs";

const PROGRAM = fileURLToPath(new URL("./python/fiftyone_datasets.py", import.meta.url));
const SHOWN_DIFFERENCES = 5;

/**
 * @param {string} python an interpreter that has FiftyOne
 * @param {(line: string) => void} print
 * @returns {Promise<import("./runner.mjs").Totals>}
 */
export async function runFiftyOneDatasets(python, print) {
  const folder = mkdtempSync(join(tmpdir(), "redkite-conformance-"));
  try {
    return await new Exchange(folder, python, print).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Exchange {
  #totals = { passed: 0, failed: 0, skipped: 0 };
  #folder;
  #python;
  #print;

  constructor(folder, python, print) {
    this.#folder = folder;
    this.#python = python;
    this.#print = print;
  }

  async run() {
    const brain = await import("redkite/brain");
    this.#fiftyOne("export", "theirs");
    for (const name of Object.keys(FORMATS)) {
      await this.#check(`${name}: what FiftyOne exports is imported`, () =>
        this.#taken(brain, name),
      );
    }
    mkdirSync(join(this.#folder, "ours"));
    const dataset = await brain.loadDataset("fiftyone", { home: this.#folder });
    for (const [name, { format, writing }] of Object.entries(FORMATS)) {
      await this.#check(`${name}: exports`, async () => {
        const path = join(this.#folder, "ours", name);
        await brain.exportSamples(dataset, { ...writing, format, path });
        return [];
      });
    }
    await dataset.close();
    this.#fiftyOne("import", "ours");
    for (const name of Object.keys(FORMATS)) {
      await this.#check(`${name}: FiftyOne imports what is exported`, () => this.#returned(name));
    }
    return this.#totals;
  }

  #fiftyOne(verb, where) {
    runTool(this.#python, [PROGRAM, verb, join(this.#folder, where)], { env: PYTHON_SETTINGS });
  }

  async #taken({ importDataset }, name) {
    const format = FORMATS[name];
    const { dataset } = await importDataset(name, {
      ...format.reading,
      home: this.#folder,
      format: format.format,
      path: join(this.#folder, "theirs", name),
    });
    const { description, info, tags, classes, defaultClasses } = dataset;
    const [ofField = defaultClasses] = Object.values(classes);
    const found = {
      samples: await neutralSamples(dataset),
      properties: { description, info, tags, default_classes: ofField },
    };
    await dataset.close();
    return this.#compared(found, name, format.unseen);
  }

  #returned(name) {
    return this.#compared(this.#told("ours", name), name, FORMATS[name].oneWay);
  }

  #compared(found, name, leftOut) {
    const format = FORMATS[name];
    const [wanted, given] = [this.#told("theirs", name), found].map((described) =>
      saidByFormat(described, format, leftOut),
    );
    return differencesIn(wanted, given, toleranceOf(format));
  }

  /** What FiftyOne said of a dataset of its own. */
  #told(where, name) {
    const file = join(this.#folder, where, `${name}.json`);
    if (!existsSync(file)) throw new Error("FiftyOne was given nothing to import");
    const told = JSON.parse(readFileSync(file, "utf8"));
    if (told.problem !== undefined) throw new Error(`FiftyOne said ${told.problem}`);
    return told;
  }

  async #check(say, work) {
    const lines = await Promise.resolve()
      .then(work)
      .catch((error) => [error.stack ?? String(error)]);
    this.#totals[lines.length === 0 ? "passed" : "failed"] += 1;
    this.#print(`    ${lines.length === 0 ? "ok     " : "FAILED "} ${say}`);
    for (const line of lines.slice(0, SHOWN_DIFFERENCES)) this.#print(`             ${line}`);
  }
}
