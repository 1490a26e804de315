// What `redkite demo` does. It tells each step to its caller, who shows it, and answers with all of
// it in one object.
import { DataType, type MilvusClient } from "@redkite/milvus/client";
import { findInstalledReadmes } from "./installed-readmes.ts";
import { type Passage, passagesOf } from "./passages.ts";
import {
  expectSuccess,
  insertRows,
  missingRows,
  searchTexts,
  type TextCollection,
  type TextHit,
} from "./text-collection.ts";

/** A question, and what was found. */
export interface DemoAnswer {
  readonly question: string;
  readonly hits: readonly TextHit[];
}

/** What was read from `node_modules`, and what became of it. */
export interface ReadmeStock {
  readonly folder: string;
  readonly readmeCount: number;
  /** Passages in those READMEs. */
  readonly passageCount: number;
  /** The passages of them that the demo works with. */
  readonly chosenCount: number;
  /** Those that an earlier run left in the database. */
  readonly storedCount: number;
}

export type DemoStep =
  | { readonly kind: "asked-quick-demo"; readonly answer: DemoAnswer }
  | { readonly kind: "read"; readonly stock: ReadmeStock }
  | { readonly kind: "stored"; readonly done: number; readonly total: number }
  | { readonly kind: "asked-readmes"; readonly answers: readonly DemoAnswer[] };

export interface DemoResult {
  readonly quickDemo: DemoAnswer;
  readonly readmes: ReadmeStock;
  readonly answers: readonly DemoAnswer[];
}

export interface DemoOptions {
  readonly client: MilvusClient;
  /** Where to look for `node_modules`, going up from each in turn. */
  readonly startFolders: readonly string[];
  readonly onStep: (step: DemoStep) => void;
  /** Stops between two batches. What is stored by then stays. */
  readonly signal: AbortSignal;
}

export const readmeCollection = "readmes";
const DIM = 512;

const quickDemo = {
  collection: "quick_demo",
  question: "Who started AI research?",
  // The notebook of Milvus's demo on Snowpark Container Services has these three sentences.
  sentences: [
    "Artificial intelligence was founded as an academic discipline in 1956.",
    "Alan Turing was the first person to conduct substantial research in AI.",
    "Born in Maida Vale, London, Turing was raised in southern England.",
  ],
};

/** Questions that packages answer which are installed with Redkite, so everywhere. */
const readmeQuestions = [
  "How are 64-bit integers stored in JavaScript?",
  "How do I convert a color to RGB?",
  "How do I wrap long lines in the terminal?",
];
const HITS_PER_QUESTION = 3;

/** So many that the demo takes some twenty seconds on a small machine. */
const PASSAGE_COUNT_MAX = 400;
/** What is stored at once: an interruption loses the work of about a second. */
const BATCH_SIZE = 32;

/**
 * Runs the demo on a database that may have been through it before.
 *
 * @throws the signal's reason when it is aborted, and what the client throws.
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { onStep } = options;
  const answer = await askQuickDemo(options);
  onStep({ kind: "asked-quick-demo", answer });

  const { stock, passages } = await readInstalled(options.startFolders);
  const collection = await openReadmes(options.client);
  const rows = passages.map(rowOf);
  const missing = await missingRows(collection, rows);
  const readmes = { ...stock, storedCount: rows.length - missing.length };
  onStep({ kind: "read", stock: readmes });

  for (let start = 0; start < missing.length; start += BATCH_SIZE) {
    const batch = missing.slice(start, start + BATCH_SIZE);
    await insertRows(collection, batch, {
      vectorizedText: ({ heading, text }) => `${heading}. ${text}`,
      signal: options.signal,
    });
    onStep({ kind: "stored", done: start + batch.length, total: missing.length });
  }

  const answers: DemoAnswer[] = [];
  for (const question of readmeQuestions) {
    const fields = ["package", "heading", "text"];
    const hits = await searchTexts(collection, question, { limit: HITS_PER_QUESTION, fields });
    answers.push({ question, hits });
  }
  onStep({ kind: "asked-readmes", answers });
  return { quickDemo: answer, readmes, answers };
}

async function askQuickDemo({ client, signal }: DemoOptions): Promise<DemoAnswer> {
  const { question, sentences } = quickDemo;
  const collection = await openCollection(client, {
    collection_name: quickDemo.collection,
    // The short form: a key `id` of type Int64, a field `vector`, its index, and a dynamic field.
    dimension: DIM,
  });
  const rows = sentences.map((text, id) => ({ id, text }));
  await insertRows(collection, await missingRows(collection, rows), { signal });
  return {
    question,
    hits: await searchTexts(collection, question, { limit: 3, fields: ["text"] }),
  };
}

async function readInstalled(
  startFolders: readonly string[],
): Promise<{ stock: Omit<ReadmeStock, "storedCount">; passages: Passage[] }> {
  const installed = await findInstalledReadmes(startFolders);
  if (installed === undefined) {
    throw new Error(
      "Cannot find a node_modules folder with README files: run the demo where packages are installed",
    );
  }
  const { folder, readmes } = installed;
  const all = passagesOf(readmes);
  const passages = all.slice(0, PASSAGE_COUNT_MAX);
  const counts = { passageCount: all.length, chosenCount: passages.length };
  return { stock: { folder, readmeCount: readmes.length, ...counts }, passages };
}

function openReadmes(client: MilvusClient): Promise<TextCollection> {
  return openCollection(client, {
    collection_name: readmeCollection,
    enable_dynamic_field: true,
    fields: [
      { name: "id", data_type: DataType.VarChar, is_primary_key: true, max_length: 32 },
      { name: "vector", data_type: DataType.FloatVector, dim: DIM },
    ],
    index_params: { field_name: "vector", index_type: "AUTOINDEX", metric_type: "COSINE" },
  });
}

/** Makes and loads the collection, or loads the one that an earlier run left. */
async function openCollection(
  client: MilvusClient,
  definition: Parameters<MilvusClient["createCollection"]>[0],
): Promise<TextCollection> {
  const { collection_name } = definition;
  const { value: exists, status } = await client.hasCollection({ collection_name });
  expectSuccess(status);
  expectSuccess(
    exists
      ? await client.loadCollectionSync({ collection_name })
      : await client.createCollection(definition),
  );
  return { client, name: collection_name };
}

function rowOf({ id, packageName, heading, text }: Passage): {
  id: string;
  package: string;
  heading: string;
  text: string;
} {
  return { id, package: packageName, heading, text };
}
