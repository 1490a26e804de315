"""LangChain's Milvus store, with embeddings that need no model: what its users' programs do, sync and async.

    python langchain_store.py '{"address": "host:port", "token": "user:password", "caFile": "ca.pem"}'
"""

import asyncio
import json
import sys
import warnings

warnings.filterwarnings("ignore")

from langchain_core.documents import Document  # noqa: E402
from langchain_core.embeddings import Embeddings  # noqa: E402
from langchain_milvus import BM25BuiltInFunction, Milvus  # noqa: E402

from connection import connection_arguments  # noqa: E402
from keyword_vectors import TEXTS, embedded  # noqa: E402
from report import Report, equal  # noqa: E402

METADATA = [{"page": page, "kind": "even" if page % 2 == 0 else "odd"} for page in range(len(TEXTS))]


class KeywordEmbeddings(Embeddings):
    def embed_documents(self, texts: list) -> list:
        return [embedded(text) for text in texts]

    def embed_query(self, text: str) -> list:
        return embedded(text)


def store(connection: dict, name: str, **options) -> Milvus:
    return Milvus(KeywordEmbeddings(), collection_name=name, connection_args=connection_arguments(connection),
                  consistency_level="Strong", **options)


def main(connection: dict) -> int:
    report = Report()
    plain = store(connection, "langchain_texts", auto_id=True, drop_old=True)
    report.step("add_texts gives a key for each text", lambda: equal(len(plain.add_texts(TEXTS, METADATA)), len(TEXTS)))
    report.step("similarity_search", lambda: equal(texts(plain.similarity_search("cat dog", k=2)), TEXTS[1:2] + [TEXTS[0]]))
    report.step("similarity_search with a filter", lambda: equal(
        texts(plain.similarity_search("cat", k=2, expr="page > 0")), [TEXTS[1], nearest_of("cat", TEXTS[2:])]))
    report.step("similarity_search_with_score", lambda: equal(
        [round(score, 4) for _, score in plain.similarity_search_with_score("stone wind", k=1)], [0.0]))
    report.step("metadata comes back", lambda: equal(
        plain.similarity_search("star sea", k=1)[0].metadata["kind"], "odd"))
    report.step("max_marginal_relevance_search", lambda: equal(
        len(set(texts(plain.max_marginal_relevance_search("wind", k=3, fetch_k=5)))), 3))
    report.step("search_by_metadata", lambda: equal(
        sorted(texts(plain.search_by_metadata('kind == "even"'))), sorted(TEXTS[::2])))
    report.step("get_pks and delete", lambda: delete(plain))
    report.step("upsert of documents", lambda: upsert(connection))
    report.step("a retriever", lambda: equal(
        texts(plain.as_retriever(search_kwargs={"k": 1}).invoke("star")), [TEXTS[3]]))
    report.step("a partition key per tenant", lambda: tenants(connection))
    report.step("another store opens the collection", lambda: equal(
        texts(store(connection, "langchain_texts", auto_id=True).similarity_search("star", k=1)), [TEXTS[3]]))
    report.step("dense and sparse, with a ranker", lambda: hybrid(connection))
    report.step("the async store", lambda: asyncio.run(asynchronous(connection)))
    report.step("full text, with BM25, is refused by name until it is there", lambda: full_text(connection))
    return report.end()


def texts(documents: list) -> list:
    return [document.page_content for document in documents]


def nearest_of(query: str, candidates: list) -> str:
    wanted = embedded(query)
    return min(candidates, key=lambda text: sum((a - b) ** 2 for a, b in zip(wanted, embedded(text))))


def delete(plain: Milvus) -> None:
    keys = plain.get_pks("page == 1")
    equal(len(keys), 1)
    plain.delete(ids=keys)
    equal(texts(plain.similarity_search("cat dog", k=1)), [nearest_of("cat dog", [TEXTS[0], *TEXTS[2:]])])
    plain.delete(expr="page == 2")
    equal(len(plain.similarity_search("sea", k=10)), len(TEXTS) - 2)


def upsert(connection: dict) -> None:
    keyed = store(connection, "langchain_documents", auto_id=False, drop_old=True)
    keyed.add_documents([Document(page_content=text) for text in TEXTS[:3]], ids=["a", "b", "c"])
    keyed.upsert(ids=["b"], documents=[Document(page_content=TEXTS[4])])
    equal(sorted(texts(keyed.similarity_search("stone", k=10))), sorted([TEXTS[0], TEXTS[2], TEXTS[4]]))


def tenants(connection: dict) -> None:
    shared = store(connection, "langchain_tenants", auto_id=True, drop_old=True, enable_dynamic_field=True,
                   partition_key_field="kind")
    shared.add_texts(TEXTS, METADATA)
    equal(sorted(texts(shared.similarity_search("tree", k=10, expr='kind == "odd"'))), sorted(TEXTS[1::2]))


def hybrid(connection: dict) -> None:
    two = Milvus([KeywordEmbeddings(), KeywordEmbeddings()], collection_name="langchain_two", auto_id=True, drop_old=True,
                 vector_field=["first", "second"], connection_args=connection_arguments(connection),
                 consistency_level="Strong")
    two.add_texts(TEXTS)
    equal(texts(two.similarity_search("stone wind", k=1, ranker_type="rrf", ranker_params={"k": 10})), [TEXTS[4]])
    equal(texts(two.similarity_search("cat tree", k=1, ranker_type="weighted", ranker_params={"weights": [0.5, 0.5]})), [TEXTS[0]])


async def asynchronous(connection: dict) -> None:
    there = store(connection, "langchain_async", auto_id=True, drop_old=True)
    equal(len(await there.aadd_texts(TEXTS, METADATA)), len(TEXTS))
    equal(texts(await there.asimilarity_search("cat dog", k=1)), [TEXTS[1]])
    equal(texts(await there.asimilarity_search("sea", k=1, expr="page == 3")), [TEXTS[3]])
    keys = await there.aget_pks("page >= 3")
    await there.adelete(ids=keys)
    equal(len(await there.asimilarity_search("sea", k=10)), 3)


def full_text(connection: dict) -> None:
    """The store makes the collection when it is given texts."""
    try:
        found = Milvus.from_texts(TEXTS, KeywordEmbeddings(), builtin_function=BM25BuiltInFunction(),
                                  vector_field=["dense", "sparse"], collection_name="langchain_full_text", drop_old=True,
                                  auto_id=True, connection_args=connection_arguments(connection), consistency_level="Strong")
    except Exception as error:
        if "not supported by Redkite yet" not in str(error):
            raise
        return
    equal(texts(found.similarity_search("star", k=1, ranker_type="rrf")), [TEXTS[3]])


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
