// Each defect that was found in FiftyOne's Milvus backend and its base classes has a test that would
// catch it here. This is the list, and it is checked that the tests are there.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const members = "index-members.test.ts";
const sorting = "sort-by-similarity.test.ts";
const existing = "existing-collection.test.ts";
const settings = "resolve-settings.test.ts";
const acceptance = "acceptance.test.ts";
const stale = "stale-vectors.test.ts";
const runs = "../runs/brain-runs.test.ts";
const leaks = "../analysis/leaky-splits.test.ts";
const exact = "../analysis/exact-duplicates.test.ts";
const near = "../analysis/near-duplicates.test.ts";

/** What went wrong, where the test is, and its name. */
const defects: readonly (readonly [defect: string, file: string, test: string])[] = [
  // Of the Milvus backend.
  [
    "adding again doubles rows",
    members,
    "replaces vectors that are there, and never has one twice",
  ],
  [
    "overwrite: false skips nothing",
    members,
    "ignores vectors that are there with overwrite: false",
  ],
  [
    "removing with allowMissing: false is a TypeError",
    members,
    "passes over, warns of, or refuses what",
  ],
  [
    "allowMissing raises with overwrite: true",
    members,
    "refuses ids that are there only with overwrite",
  ],
  ["sample ids remove no patches", members, "removes all patches of a sample by the sample's id"],
  ["sample ids find no patches", members, "gives all patches of a sample, and label ids go before"],
  ["a hundred patches are the most", members, "gives all patches of a sample, be they hundreds"],
  ["search parameters do not arrive", sorting, "sends its search parameters with each search"],
  ["scores are stored as distances", sorting, "orders by distance, nearest first, with a score"],
  ["counts have what was deleted", acceptance, "counts 210 after 10 left and 20 came"],
  ["unfilled indexes share a collection", runs, "two indexes without names of their own have two"],
  ["long filters fail", "nearest-vectors.test.ts", "searches among more ids than a filter lists"],
  ["stale vectors take places", sorting, "gives k results although the nearest are of samples"],
  ["stale vectors stay", stale, "loses the vectors of samples that are deleted while it is open"],
  ["the dot product favours long vectors", existing, "warns where long vectors would be favoured"],
  [
    "an existing collection is not looked at",
    existing,
    "says what is wrong with one of another %s",
  ],
  ["its metric is ignored", existing, "connects to one as FiftyOne makes it, and takes its metric"],
  ["consistency levels are not checked", settings, "refuses what it does not know, rather than to"],
  ["embeddings come in any order", members, "answers in the order asked for, takes a single id"],
  ["missing query ids are passed over", sorting, "refuses a query of which one id of several is"],
  [
    "an index without vectors is an AttributeError",
    members,
    "makes the collection with the first vec",
  ],
  [
    "unknown options of loading are TypeErrors",
    runs,
    "are loaded with options that there are, and no",
  ],
  ["names are tidied after they are compared", runs, "have collections whose names Milvus takes"],
  ["an existing collection without an index throws", existing, '"index", [pk, vector, sampleId]'],
  [
    "index sizes are those of the view",
    members,
    "count and list what is indexed, not what the view",
  ],
  // Of the base classes, and of the sklearn backend.
  ["queries change the vectors", sorting, "leaves the vectors that it was given as they were"],
  [
    "an id and its vector rank differently",
    sorting,
    "gives the same answer for an id and for its vec",
  ],
  ["an id twice in a batch is added twice", members, "an id twice"],
  ["a sample id removes one patch", members, "removes all patches of a sample by the sample's id"],
  ["warnMissing never warns", members, "passes over, warns of, or refuses what is not there"],
  [
    "label ids come back that were not found",
    members,
    "lists the labels that it found, and nothing",
  ],
  ["lengths and NaN are not checked", members, "refuses %s, and adds nothing"],
  [
    "passwords become numbers",
    settings,
    "leaves texts as they are: digits, commas, words and spaces",
  ],
  ["an unknown backend becomes another", settings, "refuses what it does not know, rather than to"],
  [
    "unknown options are stored",
    runs,
    "record no credentials, and refuse options that there are none",
  ],
  [
    "a configured name is shared by all",
    runs,
    "of collections of the configuration do not share one",
  ],
  [
    "a failed run blocks its key",
    runs,
    "that fail leave no collection, say why, and leave their key",
  ],
  ["new credentials are ignored", existing, "uses the credentials that it is given, each time"],
  [
    "distances of earlier queries stay",
    sorting,
    "stores distances of the results, and of nothing else",
  ],
  [
    "the first of a query decides its kind",
    sorting,
    "takes the mean of ids and vectors mixed, and",
  ],
  ["a prompt of 24 hex digits is an id", sorting, "a prompt of 24 hex digits"],
  // Of the analysis.
  [
    "a copy looks unique",
    "../analysis/scores.test.ts",
    "knows an exact copy from what is merely near",
  ],
  ["views as splits are taken for tags", leaks, "finds the same by tags, by a field, and by views"],
  ["unreadable files are not told", exact, "groups samples with equal files, and lists those that"],
  [
    "duplicates without a threshold throw",
    near,
    "finds the threshold for a fraction, and for a number",
  ],
  ["duplicates depend on the order", near, "finds the same whatever the order of the view"],
];

describe("a defect of the original has a test", () => {
  it.each(defects)("%s", (_, file, test) => {
    const source = readFileSync(new URL(file, import.meta.url), "utf8");
    expect(source.includes(test), `${file} has a test "${test}"`).toBe(true);
  });
});
