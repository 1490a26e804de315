"""LlamaIndex's Milvus store, with embeddings that need no model: what its users' programs do, sync and async.

    python llama_index_store.py '{"address": "host:port", "token": "user:password", "caFile": "ca.pem"}'
"""

import asyncio
import json
import sys
import warnings

warnings.filterwarnings("ignore")

from llama_index.core import StorageContext, VectorStoreIndex  # noqa: E402
from llama_index.core.embeddings import BaseEmbedding  # noqa: E402
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode  # noqa: E402
from llama_index.core.vector_stores.types import (  # noqa: E402
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)
from llama_index.vector_stores.milvus import MilvusVectorStore  # noqa: E402
from llama_index.vector_stores.milvus.utils import BaseSparseEmbeddingFunction  # noqa: E402

from connection import connection_arguments  # noqa: E402
from keyword_vectors import KEYWORDS, TEXTS, embedded  # noqa: E402
from report import Report, equal  # noqa: E402

DIMENSION = len(KEYWORDS) + 1


class KeywordEmbedding(BaseEmbedding):
    def _get_text_embedding(self, text: str) -> list:
        return embedded(text)

    def _get_query_embedding(self, query: str) -> list:
        return embedded(query)

    async def _aget_query_embedding(self, query: str) -> list:
        return embedded(query)


class KeywordSparse(BaseSparseEmbeddingFunction):
    def encode_queries(self, queries: list) -> list:
        return [{index: value for index, value in enumerate(embedded(query)) if value != 0} for query in queries]

    def encode_documents(self, documents: list) -> list:
        return self.encode_queries(documents)


def store(connection: dict, name: str, **options) -> MilvusVectorStore:
    return MilvusVectorStore(collection_name=name, dim=DIMENSION, similarity_metric="L2", consistency_level="Strong",
                             **connection_arguments(connection), **options)


def nodes() -> list:
    made = []
    for page, text in enumerate(TEXTS):
        node = TextNode(text=text, id_=f"node-{page}", embedding=embedded(text),
                        metadata={"page": page, "kind": "even" if page % 2 == 0 else "odd"})
        node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=f"document-{page // 2}")
        made.append(node)
    return made


def main(connection: dict) -> int:
    report = Report()
    plain = store(connection, "llama_texts", overwrite=True)
    report.step("add gives the nodes' ids", lambda: equal(plain.add(nodes()), [f"node-{page}" for page in range(6)]))
    report.step("query", lambda: equal(found(plain, "cat dog", 1), ["node-1"]))
    report.step("query with metadata filters", lambda: equal(
        found(plain, "sea", 6, filters=where(("kind", "==", "odd"), ("page", ">", 1))), ["node-3", "node-5"]))
    report.step("query with in, and one document", lambda: equal(
        sorted(found(plain, "sea", 6, filters=where(("page", "in", [0, 1, 4])), doc_ids=["document-0"])), ["node-0", "node-1"]))
    report.step("MMR", lambda: equal(len(set(found(plain, "wind", 3, mode=VectorStoreQueryMode.MMR))), 3))
    report.step("get_nodes", lambda: equal([node.get_content() for node in plain.get_nodes(["node-4"])], [TEXTS[4]]))
    report.step("an index over the store", lambda: over_index(plain))
    report.step("delete_nodes and delete", lambda: delete(plain))
    report.step("upsert mode", lambda: upsert(connection))
    report.step("dense and sparse, with a ranker", lambda: hybrid(connection))
    report.step("the async store", lambda: asyncio.run(asynchronous(connection)))
    report.step("clear", lambda: clear(plain))
    return report.end()


def where(*conditions) -> MetadataFilters:
    return MetadataFilters(filters=[MetadataFilter(key=key, operator=FilterOperator(operator), value=value)
                                    for key, operator, value in conditions])


def asked(text: str, k: int, mode=VectorStoreQueryMode.DEFAULT, **options) -> VectorStoreQuery:
    return VectorStoreQuery(query_embedding=embedded(text), query_str=text, similarity_top_k=k, mode=mode, **options)


def found(plain: MilvusVectorStore, text: str, k: int, **options) -> list:
    return plain.query(asked(text, k, **options)).ids


def over_index(plain: MilvusVectorStore) -> None:
    context = StorageContext.from_defaults(vector_store=plain)
    index = VectorStoreIndex.from_vector_store(plain, embed_model=KeywordEmbedding(), storage_context=context)
    answers = index.as_retriever(similarity_top_k=1, filters=where(("page", "<", 3))).retrieve("dog sea")
    equal([answer.node.get_content() for answer in answers], [TEXTS[2]])


def delete(plain: MilvusVectorStore) -> None:
    plain.delete_nodes(node_ids=["node-3"])
    plain.delete("document-0")
    equal(sorted(found(plain, "sea", 10)), ["node-2", "node-4", "node-5"])


def upsert(connection: dict) -> None:
    keyed = store(connection, "llama_upsert", overwrite=True, upsert_mode=True)
    keyed.add(nodes()[:3])
    keyed.add([TextNode(text=TEXTS[4], id_="node-1", embedding=embedded(TEXTS[4]))])
    equal(found(keyed, "stone", 1), ["node-1"])
    equal(len(found(keyed, "stone", 10)), 3)


def hybrid(connection: dict) -> None:
    both = store(connection, "llama_hybrid", overwrite=True, enable_sparse=True,
                 sparse_embedding_function=KeywordSparse(), hybrid_ranker="RRFRanker", hybrid_ranker_params={"k": 10})
    both.add(nodes())
    equal(found(both, "stone wind", 1, mode=VectorStoreQueryMode.HYBRID), ["node-4"])
    equal(found(both, "star", 1, mode=VectorStoreQueryMode.SPARSE), ["node-3"])


async def asynchronous(connection: dict) -> None:
    there = store(connection, "llama_async", overwrite=True)
    await there.async_add(nodes())
    answer = await there.aquery(asked("cat dog", 1))
    equal(answer.ids, ["node-1"])
    await there.adelete_nodes(filters=where(("page", ">=", 3)))
    equal(len((await there.aquery(asked("cat", 10))).ids), 3)


def clear(plain: MilvusVectorStore) -> None:
    plain.clear()
    equal(plain.client.has_collection("llama_texts"), False)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
