/** Every client that is run, and what is run with it. */
import { fileURLToPath } from "node:url";
import { runApplicationHere, runApplicationProgram } from "./applications.mjs";
import { NodeClientDriver } from "./drivers/node-client.mjs";
import { PythonDriver } from "./drivers/python-process.mjs";
import { RestDriver } from "./drivers/rest.mjs";
import { PathEnvironment } from "./environments.mjs";
import { runFiftyOneDatasets } from "./fiftyone-datasets.mjs";
import { goProgram } from "./go-program.mjs";
import { javaProgram } from "./java-program.mjs";
import { storeProgram } from "./node-stores.mjs";
import { PYTHON_SETTINGS, pythonEnvironment, pythonWithPymilvus } from "./python-environment.mjs";
import { runScenario } from "./runner.mjs";
import { readScenario } from "./scenario.mjs";
import { runStepProgram } from "./step-program.mjs";

/** The widespread line, and the last that has the older style. */
const PYMILVUS_VERSIONS = ["2.6.17", "3.0.2"];
/** What the stores use of their dependencies: these name Milvus Lite too, whose libraries are most of their size. */
const LANGCHAIN = {
  with: ["langchain-core==1.7.2", "pymilvus==3.0.2"],
  bare: ["langchain-milvus==0.4.0"],
};
const LLAMA_INDEX = {
  with: ["llama-index-core==0.14.25", "pymilvus==2.6.17"],
  bare: ["llama-index-vector-stores-milvus==1.2.0"],
};
/** MongoDB's server comes from no package registry: mongomock stands in for it. pycocotools reads COCO's masks. */
const FIFTYONE = [
  "fiftyone==1.22.1",
  "mongomock==4.3.0",
  "mongomock-motor==0.0.36",
  "pycocotools==2.0.11",
  "pymilvus==2.6.17",
];

/**
 * @typedef {import("./runner.mjs").Totals | {missing: string}} Outcome
 * @typedef {"none" | "password" | "mutual"} Security
 *
 * @typedef {object} Runner
 * @property {string} name
 * @property {string} about
 * @property {boolean} [inProcess] needs no server
 * @property {Security} [security] of the server; "none" when left out
 * @property {(environment: () => import("./runner.mjs").Environment) => Promise<Outcome>} run
 */

/** @param {(line: string) => void} print @returns {Runner[]} */
export function allRunners(print) {
  const programs = [
    ...PYMILVUS_VERSIONS.map((version) => sequenceRunner(version, print)),
    ...applicationRunners(print),
    ...storeRunners(print),
  ];
  // The scenario is about what calls give: that each client can sign in, its program shows.
  const overNetwork = programs.filter(({ inProcess }) => !inProcess);
  const secured = overNetwork.map((runner) => ({
    ...runner,
    name: `${runner.name}-secured`,
    about: `${runner.about}, with a password and TLS`,
    security: "password",
  }));
  const mutual = overNetwork
    .filter(({ name }) => MUTUAL.test(name))
    .map((runner) => ({
      ...runner,
      name: `${runner.name}-mutual`,
      about: `${runner.about}, with a password and certificates on both sides`,
      security: "mutual",
    }));
  return [
    ...scenarioRunners(print),
    ...accessRunners(print),
    restRunner(print),
    ...programs,
    datasetRunner(print),
    ...secured,
    ...mutual,
  ];
}

/** Of those that have parameters for a certificate of their own, one a language, and what the seeds configure. */
const MUTUAL = /^(?:application-(?:node-sdk|pymilvus-3-sync|java)|fiftyone-itself)$/;

function scenarioRunners(print) {
  const steps = readScenario();
  const scenario = async (environment, driver) =>
    await runScenario({ environment, driver, steps }, print);
  return [
    {
      name: "in-process",
      about: "MilvusClient of redkite on a local path",
      inProcess: true,
      run: async () => {
        const { MilvusClient } = await import("redkite");
        return await scenario(new PathEnvironment(), new NodeClientDriver(MilvusClient));
      },
    },
    {
      name: "node-sdk",
      about: "the official Node SDK over gRPC",
      run: async (environment) => {
        const { MilvusClient } = await import("@zilliz/milvus2-sdk-node");
        return await scenario(environment(), new NodeClientDriver(MilvusClient));
      },
    },
    ...PYMILVUS_VERSIONS.flatMap((version) => [
      {
        name: `pymilvus-${line(version)}-client`,
        about: `MilvusClient of pymilvus ${version} over gRPC`,
        run: withPython(
          () => pythonWithPymilvus(version),
          (python, environment) => scenario(environment(), new PythonDriver(python, "pymilvus")),
        ),
      },
      {
        name: `pymilvus-${line(version)}-orm`,
        about: `connections, Collection and utility of pymilvus ${version} over gRPC`,
        run: withPython(
          () => pythonWithPymilvus(version),
          (python, environment) => scenario(environment(), new PythonDriver(python, "orm")),
        ),
      },
    ]),
  ];
}

/** What REST alone has: HTTP's codes, and its own for JSON. */
function restRunner(print) {
  const steps = readScenario("rest");
  return {
    name: "rest",
    about: "the codes of the REST API",
    security: "password",
    run: async (environment) =>
      await runScenario({ environment: environment(), driver: new RestDriver(), steps }, print),
  };
}

/** Who may do what: for a server that asks. */
function accessRunners(print) {
  const steps = readScenario("access");
  const access = async (environment, driver) =>
    await runScenario({ environment, driver, steps }, print);
  return [
    {
      name: "access-node-sdk",
      about: "users, roles and privileges with the official Node SDK",
      security: "password",
      run: async (environment) => {
        const { MilvusClient } = await import("@zilliz/milvus2-sdk-node");
        return await access(environment(), new NodeClientDriver(MilvusClient));
      },
    },
    ...PYMILVUS_VERSIONS.map((version) => ({
      name: `access-pymilvus-${line(version)}`,
      about: `users, roles and privileges with MilvusClient of pymilvus ${version}`,
      security: "password",
      run: withPython(
        () => pythonWithPymilvus(version),
        (python, environment) => access(environment(), new PythonDriver(python, "pymilvus")),
      ),
    })),
  ];
}

function sequenceRunner(version, print) {
  return {
    name: `fiftyone-${line(version)}`,
    about: `the calls of FiftyOne's Milvus backend with pymilvus ${version}`,
    run: withPython(
      () => pythonWithPymilvus(version),
      (python, environment) =>
        runStepProgram(environment(), script(python, "fiftyone_sequence"), print),
    ),
  };
}

const REST = {
  command: process.execPath,
  args: [fileURLToPath(new URL("./application/rest.mjs", import.meta.url))],
};

function applicationRunners(print) {
  const application = async (environment, program) =>
    "missing" in program ? program : await runApplicationProgram(environment(), program, print);
  const python = (version, style) => ({
    name: `application-pymilvus-${line(version)}-${style}`,
    about: `the application with ${style === "sync" ? "MilvusClient" : "AsyncMilvusClient"} of pymilvus ${version}`,
    run: withPython(
      () => pythonWithPymilvus(version),
      (interpreter, environment) =>
        application(environment, script(interpreter, "application", style)),
    ),
  });
  return [
    {
      name: "application-in-process",
      about: "the application with MilvusClient of redkite on a local path",
      inProcess: true,
      run: async () => {
        const { MilvusClient } = await import("redkite");
        return await runApplicationHere(new PathEnvironment(), MilvusClient, print);
      },
    },
    {
      name: "application-node-sdk",
      about: "the application with the official Node SDK",
      run: async (environment) => {
        const { MilvusClient } = await import("@zilliz/milvus2-sdk-node");
        return await runApplicationHere(environment(), MilvusClient, print);
      },
    },
    ...PYMILVUS_VERSIONS.flatMap((version) =>
      ["sync", "async"].map((style) => python(version, style)),
    ),
    {
      name: "application-rest",
      about: "the application over the REST API, with fetch",
      run: async (environment) => await application(environment, REST),
    },
    {
      name: "application-go",
      about: "the application with the Go SDK",
      run: async (environment) => await application(environment, goProgram()),
    },
    {
      name: "application-java",
      about: "the application with the Java SDK",
      run: async (environment) => await application(environment, javaProgram()),
    },
  ];
}

function storeRunners(print) {
  const pythonStore = (name, about, file, packages) => ({
    name,
    about,
    run: withPython(
      () => pythonEnvironment(name, packages.with, packages.bare),
      (python, environment) => runStepProgram(environment(), script(python, file), print),
    ),
  });
  const nodeStore = (name, about, url) => ({
    name,
    about,
    run: async (environment) => {
      const program = storeProgram(url);
      return "missing" in program ? program : await runStepProgram(environment(), program, print);
    },
  });
  return [
    {
      name: "fiftyone-itself",
      about: "FiftyOne with backend=milvus",
      run: withPython(pythonWithFiftyOne, (python, environment) =>
        runStepProgram(environment(), script(python, "fiftyone_similarity"), print),
      ),
    },
    pythonStore("langchain", "LangChain's Milvus store", "langchain_store", LANGCHAIN),
    pythonStore("llama-index", "LlamaIndex's Milvus store", "llama_index_store", LLAMA_INDEX),
    nodeStore(
      "langchain-js",
      "LangChain.js's Milvus store",
      new URL("./stores/langchain.mjs", import.meta.url),
    ),
    nodeStore(
      "llama-index-js",
      "LlamaIndex.TS's Milvus store",
      new URL("./stores/llama-index.mjs", import.meta.url),
    ),
  ];
}

function datasetRunner(print) {
  return {
    name: "fiftyone-datasets",
    about: "datasets that go over from FiftyOne, and back",
    inProcess: true,
    run: withPython(pythonWithFiftyOne, (python) => runFiftyOneDatasets(python, print)),
  };
}

function pythonWithFiftyOne() {
  return pythonEnvironment("fiftyone-itself", FIFTYONE);
}

/** "2" of "2.6.17". */
function line(version) {
  return version.slice(0, version.indexOf("."));
}

function script(python, file, ...args) {
  const path = fileURLToPath(new URL(`./python/${file}.py`, import.meta.url));
  return { command: python, args: [path, ...args], env: PYTHON_SETTINGS };
}

/** Installs only when the runner is run. */
function withPython(install, work) {
  return async (environment) => {
    const python = install();
    return "missing" in python ? python : await work(python.interpreter, environment);
  };
}
