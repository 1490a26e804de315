"""FiftyOne itself with `backend="milvus"`: the programs of its Milvus page, with embeddings given as arrays.

    python fiftyone_similarity.py '{"address": "host:port", "token": "user:password", "caFile": "ca.pem"}'
"""

import json
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

import mongo_stand_in  # noqa: E402, F401
import fiftyone as fo  # noqa: E402
import fiftyone.brain as fob  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

from connection import connection_arguments  # noqa: E402
from report import Report, equal  # noqa: E402

SAMPLES = 200
DIMENSION = 64
DICE = np.random.default_rng(51)


class Recipe:
    """The page's examples, in its order, on one dataset."""

    def __init__(self, connection: dict) -> None:
        self.credentials = connection_arguments(connection)
        self.dataset = fo.Dataset("quickstart")
        folder = tempfile.mkdtemp()
        for number in range(SAMPLES):
            path = f"{folder}/{number}.png"
            Image.new("RGB", (8, 8), (number, 255 - number, 128)).save(path)
            box = fo.Detection(label="box", bounding_box=[0.1, 0.1, 0.5, 0.5])
            self.dataset.add_sample(fo.Sample(filepath=path, ground_truth=fo.Detections(detections=[box])))
        self.embeddings = DICE.standard_normal((SAMPLES, DIMENSION))
        self.index = None

    def compute(self, brain_key: str, embeddings, **options):
        return fob.compute_similarity(self.dataset, brain_key=brain_key, backend="milvus", embeddings=embeddings,
                                      **self.credentials, **options)

    def create(self) -> None:
        self.index = self.compute("milvus_index", self.embeddings, metric="cosine")
        equal(self.index.total_index_size, SAMPLES)

    def nearest(self) -> None:
        query = self.dataset.first().id
        view = self.dataset.sort_by_similarity(query, brain_key="milvus_index", k=10)
        equal(view.values("id"), nearest_ids(self.dataset.values("id"), self.embeddings, self.embeddings[0], 10))

    def nearest_of_vector(self) -> None:
        vector = DICE.standard_normal(DIMENSION)
        view = self.dataset.sort_by_similarity(vector, brain_key="milvus_index", k=5)
        equal(view.values("id"), nearest_ids(self.dataset.values("id"), self.embeddings, vector, 5))

    def nearest_in_view(self) -> None:
        view = self.dataset[50:150]
        self.index.use_view(view)
        found = view.sort_by_similarity(view.first().id, brain_key="milvus_index", k=3)
        self.index.clear_view()
        equal(found.first().id, view.first().id)
        equal(set(found.values("id")) <= set(view.values("id")), True)

    def runs(self) -> None:
        equal(self.dataset.list_brain_runs(), ["milvus_index"])
        config = self.dataset.get_brain_info("milvus_index").config
        equal((config.method, config.metric), ("milvus", "cosine"))

    def load(self) -> None:
        self.dataset.clear_cache()
        self.index = self.dataset.load_brain_results("milvus_index", **self.credentials)
        equal(self.index.total_index_size, SAMPLES)

    def retrieve(self) -> None:
        ids = self.dataset.values("id")
        vectors, sample_ids, _ = self.index.get_embeddings(sample_ids=ids)
        equal(vectors.shape, (SAMPLES, DIMENSION))
        order = [ids.index(id_) for id_ in sample_ids]
        equal(bool(np.allclose(vectors, self.embeddings[order], atol=1e-6)), True)

    def change(self) -> None:
        view = self.dataset.take(10, seed=51)
        ids = view.values("id")
        self.dataset.delete_samples(view)
        self.index.remove_from_index(sample_ids=ids)
        sample_ids = self.dataset.add_samples([fo.Sample(filepath=f"tmp{number}.jpg") for number in range(20)])
        self.index.add_to_index(DICE.random((20, DIMENSION)), sample_ids)
        equal(self.index.total_index_size, SAMPLES + 10)

    def patches(self) -> None:
        vectors = {sample.id: DICE.standard_normal((1, DIMENSION)) for sample in self.dataset}
        index = self.compute("patches", vectors, patches_field="ground_truth", metric="euclidean")
        equal(index.total_index_size, SAMPLES)
        first = self.dataset.first()
        box = first.ground_truth.detections[0].id
        found, sample_ids, label_ids = index.get_embeddings(label_ids=[box])
        equal((list(sample_ids), list(label_ids)), ([first.id], [box]))
        equal(bool(np.allclose(found, vectors[first.id], atol=1e-6)), True)
        index.cleanup()

    def existing(self) -> None:
        name = self.index.config.collection_name
        again = self.compute("again", False, collection_name=name)
        equal(again.total_index_size, SAMPLES + 10)

    def clean(self) -> None:
        self.index.cleanup()
        self.dataset.delete_brain_run("milvus_index")
        equal(self.dataset.list_brain_runs(), ["again", "patches"])


def nearest_ids(ids: list, vectors, query, k: int) -> list:
    cosines = vectors @ query / np.linalg.norm(vectors, axis=1)
    return [ids[number] for number in np.argsort(-cosines)[:k]]


def main(connection: dict) -> int:
    report = Report()
    recipe = Recipe(connection)
    report.step("compute_similarity with embeddings as an array", recipe.create)
    report.step("sort_by_similarity to a sample", recipe.nearest)
    report.step("sort_by_similarity to a vector", recipe.nearest_of_vector)
    report.step("sort_by_similarity in a view", recipe.nearest_in_view)
    report.step("list_brain_runs and get_brain_info", recipe.runs)
    report.step("load_brain_results", recipe.load)
    report.step("get_embeddings", recipe.retrieve)
    report.step("a patch similarity index", recipe.patches)
    report.step("remove_from_index and add_to_index", recipe.change)
    report.step("an existing collection", recipe.existing)
    report.step("cleanup and delete_brain_run", recipe.clean)
    return report.end()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
