"""The calls that FiftyOne's Milvus backend makes, in its order, with its arguments, and what it takes from the answers.

    python fiftyone_sequence.py '{"address": "host:port", "token": "user:password", "caFile": "ca.pem"}'

Prints each step and ends with "N passed, N failed".
"""

import json
import math
import random
import sys
import warnings
from uuid import uuid4

warnings.filterwarnings("ignore")

from pymilvus import Collection, CollectionSchema, DataType, FieldSchema, connections, utility  # noqa: E402

from connection import connection_arguments  # noqa: E402
from report import Report, equal  # noqa: E402

DIMENSION = 512
SAMPLES = 1_000
PATCHES_PER_SAMPLE = 3
METRICS = {"cosine": "COSINE", "dotproduct": "IP", "euclidean": "L2"}
CONSISTENCY_LEVELS = ["Session", "Strong", "Bounded", "Eventually"]


class Index:
    """What the backend keeps of one similarity index: a connection under an alias of its own, and a collection."""

    def __init__(self, connection: dict, name: str, metric: str = "cosine", consistency: str = "Session", **more) -> None:
        self.name = name
        self.metric = METRICS[metric]
        self.consistency = consistency
        self.alias = uuid4().hex
        connections.connect(alias=self.alias, **connection_arguments(connection), **more)
        self.collection = None
        if name in utility.list_collections(using=self.alias):
            self.collection = Collection(name, using=self.alias)
            self.collection.load()

    def create(self, dimension: int) -> None:
        schema = CollectionSchema(
            [
                FieldSchema("pk", DataType.VARCHAR, is_primary=True, auto_id=False, max_length=64000),
                FieldSchema("vector", DataType.FLOAT_VECTOR, dim=dimension),
                FieldSchema("sample_id", DataType.VARCHAR, max_length=64000),
            ]
        )
        self.collection = Collection(self.name, schema, consistency_level=self.consistency, using=self.alias)
        self.collection.create_index(
            "vector",
            index_params={"metric_type": self.metric, "index_type": "HNSW", "params": {"M": 8, "efConstruction": 64}},
        )
        self.collection.load()

    def add(self, ids: list, vectors: list, sample_ids: list, batch: int = 100) -> None:
        if self.collection is None:
            self.create(len(vectors[0]))
        for start in range(0, len(ids), batch):
            end = start + batch
            self.collection.insert([ids[start:end], vectors[start:end], sample_ids[start:end]])
        self.collection.flush()

    def existing(self, ids: list) -> list:
        return self.collection.query(among(ids))

    def embeddings(self, ids: list) -> list:
        return self.collection.query(among(ids), output_fields=["pk", "sample_id", "vector"])

    def remove(self, ids: list) -> None:
        self.collection.delete(among(ids))
        self.collection.flush()

    def nearest(self, vector: list, k: int, view: list = None, output_fields: list = None):
        return self.collection.search(
            data=[vector],
            anns_field="vector",
            limit=k,
            expr=None if view is None else among(view),
            # The backend nests its parameters under the index's name: the server sees a key that it does not know.
            param={"HNSW": {"metric_type": self.metric, "params": {"ef": 10}}},
            output_fields=output_fields,
        )[0]

    def dimension(self) -> int:
        for field in self.collection.describe()["fields"]:
            if field["name"] == "vector":
                return field["params"]["dim"]
        raise KeyError("vector")

    def cleanup(self) -> None:
        utility.drop_collection(self.name, using=self.alias)
        self.collection = None


def among(ids: list) -> str:
    return "pk in [" + ",".join('"' + str(id_) + '"' for id_ in ids) + "]"


def main(connection: dict) -> int:
    report = Report()
    dice = random.Random(7)
    sample_ids = [object_id(dice) for _ in range(SAMPLES)]
    vectors = [unit_vector(dice) for _ in range(SAMPLES)]
    by_id = dict(zip(sample_ids, vectors))
    index = Index(connection, "fiftyone_quickstart")

    report.step("list_collections: none yet", lambda: equal(utility.list_collections(using=index.alias), []))
    report.step("create, HNSW index, load, insert in batches of 100, flush", lambda: index.add(sample_ids, vectors, sample_ids))
    report.step("num_entities", lambda: equal(index.collection.num_entities, SAMPLES))
    report.step("describe()'s dim is an int", lambda: equal((index.dimension(), type(index.dimension())), (DIMENSION, int)))
    report.step("has_collection", lambda: equal(utility.has_collection(index.name, using=index.alias), True))
    report.step("the schema is the stored one", lambda: check_schema(index))
    report.step("existing ids among 10,000", lambda: check_existing(index, sample_ids, dice))
    report.step("embeddings of 1,000 ids", lambda: check_embeddings(index, by_id))
    report.step("10 nearest of a vector", lambda: check_nearest(index, by_id, vectors[0], 10))
    report.step("100 nearest, more than ef", lambda: check_nearest(index, by_id, vectors[1], 100))
    report.step("16,384 nearest give all", lambda: equal(len(index.nearest(vectors[2], 16384)), SAMPLES))
    report.step("nearest in a view of 200", lambda: check_nearest(index, by_id, vectors[3], 10, sample_ids[:200]))
    report.step("a zero vector under COSINE gives hits", lambda: equal(len(index.nearest([0.0] * DIMENSION, 10, sample_ids[:100])), 10))
    report.step("remove 10", lambda: index.remove(sample_ids[:10]))
    report.step("they are gone", lambda: check_removed(index, sample_ids))
    report.step("remove ids that are not there", lambda: index.remove([object_id(dice) for _ in range(5)]))

    # Where nobody is asked for a password, the one that FiftyOne is configured with does no harm.
    given = {} if "token" in connection else {"user": "root", "password": "Milvus"}
    again = Index(connection, index.name, db_name="default", **given)
    report.step("another connection finds the collection", lambda: equal(again.dimension(), DIMENSION))
    report.step("and its vectors", lambda: equal(len(again.embeddings(sample_ids)), SAMPLES - 10))
    report.step("add 20 more over it", lambda: add_more(again, dice))
    report.step("the first connection sees them", lambda: check_count(index, SAMPLES + 10))

    patches = Index(connection, "fiftyone_patches", metric="euclidean")
    report.step("patches: label ids with their sample ids", lambda: check_patches(patches, sample_ids[:100], dice))
    report.step("all metrics and consistency levels", lambda: check_variants(connection, dice))

    report.step("drop_collection", index.cleanup)
    report.step("and the patches'", patches.cleanup)
    report.step("list_collections: none any more", lambda: equal(utility.list_collections(using=again.alias), []))
    return report.end()


def check_schema(index: Index) -> None:
    schema = index.collection.schema
    fields = [(field.name, field.dtype, field.params) for field in schema.fields]
    expected = [
        ("pk", DataType.VARCHAR, {"max_length": 64000}),
        ("vector", DataType.FLOAT_VECTOR, {"dim": DIMENSION}),
        ("sample_id", DataType.VARCHAR, {"max_length": 64000}),
    ]
    equal(fields, expected)
    equal((schema.primary_field.name, schema.auto_id), ("pk", False))


def check_existing(index: Index, sample_ids: list, dice: random.Random) -> None:
    asked = sample_ids[:500] + [object_id(dice) for _ in range(9_500)]
    found = index.existing(asked)
    equal(sorted(row["pk"] for row in found), sorted(sample_ids[:500]))


def check_embeddings(index: Index, by_id: dict) -> None:
    found = index.embeddings(list(by_id))
    equal(len(found), len(by_id))
    for row in found:
        equal(row["sample_id"], row["pk"])
        equal(len(row["vector"]), DIMENSION)
        worst = max(abs(a - b) for a, b in zip(row["vector"], by_id[row["pk"]]))
        if worst > 1e-6:
            raise AssertionError(f"The vector of {row['pk']} is off by {worst}")


def check_nearest(index: Index, by_id: dict, query: list, k: int, view: list = None) -> None:
    hits = index.nearest(query, k, view)
    candidates = by_id if view is None else {id_: by_id[id_] for id_ in view}
    # The vectors have length 1: the cosine is the product.
    scores = {id_: sum(map(float.__mul__, query, vector)) for id_, vector in candidates.items()}
    expected = sorted(scores, key=scores.get, reverse=True)[:k]
    found = [hit.id for hit in hits]
    equal(len(found), min(k, len(candidates)))
    recall = len(set(found) & set(expected)) / len(expected)
    if recall < 0.9:
        raise AssertionError(f"Recall is {recall}, expected at least 0.9")
    for hit in hits:
        if not math.isclose(hit.score, scores[hit.id], abs_tol=1e-4):
            raise AssertionError(f"{hit.id} has the score {hit.score}, expected {scores[hit.id]}")
    equal([hit.score for hit in hits], sorted((hit.score for hit in hits), reverse=True))


def check_removed(index: Index, sample_ids: list) -> None:
    equal(index.existing(sample_ids[:10]), [])
    equal(len(index.existing(sample_ids)), SAMPLES - 10)


def add_more(index: Index, dice: random.Random) -> None:
    ids = [object_id(dice) for _ in range(20)]
    index.add(ids, [unit_vector(dice) for _ in ids], ids)
    equal(len(index.existing(ids)), 20)


def check_count(index: Index, expected: int) -> None:
    equal(index.collection.query("", output_fields=["count(*)"])[0]["count(*)"], expected)


def check_patches(index: Index, sample_ids: list, dice: random.Random) -> None:
    owners = [id_ for id_ in sample_ids for _ in range(PATCHES_PER_SAMPLE)]
    labels = [object_id(dice) for _ in owners]
    index.add(labels, [unit_vector(dice) for _ in labels], owners)
    owner_of = dict(zip(labels, owners))
    for row in index.embeddings(labels[:10]):
        equal(row["sample_id"], owner_of[row["pk"]])
    hits = index.nearest(unit_vector(dice), 25, labels[:60], ["sample_id"])
    equal(len(hits), 25)
    for hit in hits:
        equal(hit.entity.get("sample_id"), owner_of[hit.id])
    equal([hit.score for hit in hits], sorted(hit.score for hit in hits))


def check_variants(connection: dict, dice: random.Random) -> None:
    for metric in METRICS:
        for consistency in CONSISTENCY_LEVELS:
            index = Index(connection, f"fiftyone_{metric}_{consistency}".lower(), metric, consistency)
            ids = [object_id(dice) for _ in range(10)]
            vectors = [unit_vector(dice) for _ in ids]
            index.add(ids, vectors, ids)
            equal(index.nearest(vectors[4], 1)[0].id, ids[4])
            index.cleanup()


def object_id(dice: random.Random) -> str:
    return f"{dice.getrandbits(96):024x}"


def unit_vector(dice: random.Random) -> list:
    vector = [dice.gauss(0, 1) for _ in range(DIMENSION)]
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector]


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
