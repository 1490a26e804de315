"""The application of ../application/application.mjs with pymilvus: `MilvusClient`, or `AsyncMilvusClient`, from the same text.

    python application.py sync|async '{"address": "host:port", "token": "user:password", "caFile": "ca.pem"}'
"""

import asyncio
import inspect
import json
import sys
import warnings

import numpy as np
from pymilvus import AnnSearchRequest, AsyncMilvusClient, DataType, MilvusClient, RRFRanker, WeightedRanker
from pymilvus.exceptions import MilvusException

from connection import connection_arguments

GENRES = ["drama", "comedy", "noir"]
TITLES = "Solaris,Stalker,Playtime,Laura,Mirror,Trafic,Vertigo,Ran,Heat,M,Brazil,Alien".split(",")
FIELDS = ["title", "genre", "year", "minutes", "rating", "gross", "colour", "tags", "details"]
VECTORS = ["plot", "poster", "sound", "words"]

INDEXES = [
    {"field_name": "plot", "index_type": "HNSW", "metric_type": "L2", "params": {"M": 8, "efConstruction": 64}},
    {"field_name": "poster", "index_type": "BIN_FLAT", "metric_type": "HAMMING"},
    {"field_name": "sound", "index_type": "FLAT", "metric_type": "IP"},
    {"field_name": "words", "index_type": "SPARSE_INVERTED_INDEX", "metric_type": "IP"},
]

FILTERS = [
    "year > 1950 and year <= 1980",
    "id in [2, 3, 5, 7]",
    'title like "S%"',
    "not (colour == true)",
    "gross is null",
    "gross > 6",
    "minutes % 2 == 0",
    "rating * 2 >= 12",
    'details["director"] == "d1" and details["awards"] > 0',
    'array_contains(tags, "t1")',
    'json_contains_any(tags, ["t2", "t3"])',
    "array_length(tags) == 2 and 100 < minutes < 120",
    'studio == "s1" or genre == "noir"',
    "st_within(place, 'POLYGON ((0 0, 6 0, 6 3, 0 3, 0 0))')",
]


def film(id_: int) -> dict:
    """Nothing but integers and simple fractions, so that every client sends the same values."""
    return {
        "id": id_,
        "title": TITLES[id_ - 1],
        "genre": GENRES[id_ % 3],
        "year": 1920 + 7 * id_,
        "minutes": 80 + id_ * 37 % 50,
        "rating": 5 + id_ % 5 / 4,
        "gross": None if id_ % 4 == 0 else id_ * 1.5,
        "colour": id_ % 2 == 0,
        "tags": [f"t{id_ % 2}", f"t{2 + id_ % 3}"],
        "details": {"director": f"d{id_ % 4}", "awards": id_ % 5},
        "place": f"POINT ({id_} {id_ % 3})",
        "studio": f"s{id_ % 2}",
        "plot": [id_ * 3 / 8, id_ % 5 / 4, id_ % 7 / 8, 1],
        "poster": bytes([id_, 255 - id_]),
        "sound": np.array([id_ / 4, 1, id_ % 3 / 2, 0.5], dtype=np.float16),
        "words": {id_: 1.0, 20 + id_ % 4: id_ / 8},
    }


class Application:
    def __init__(self, client) -> None:
        self.client = client

    async def run(self) -> None:
        await self.databases()
        await self.films()
        await self.questions()
        await self.searches()
        await self.iterators()
        await self.changes()
        await self.partitions()
        await self.end()

    async def call(self, name: str, *args, **kwargs):
        """The call itself, or what it comes to: the one difference between the two clients."""
        made = getattr(self.client, name)(*args, **kwargs)
        return await made if inspect.isawaitable(made) else made

    async def databases(self) -> None:
        await self.call("create_database", "archive", properties={"database.max.collections": 10})
        print("databases", *sorted(await self.call("list_databases")))
        found = await self.call("describe_database", "archive")
        print("database properties", found["database.max.collections"])
        await self.call("use_database", "archive")

    async def films(self) -> None:
        schema = MilvusClient.create_schema(enable_dynamic_field=True)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("title", DataType.VARCHAR, max_length=100)
        schema.add_field("genre", DataType.VARCHAR, max_length=20, is_partition_key=True)
        schema.add_field("year", DataType.INT16)
        schema.add_field("minutes", DataType.INT32)
        schema.add_field("rating", DataType.FLOAT)
        schema.add_field("gross", DataType.DOUBLE, nullable=True)
        schema.add_field("colour", DataType.BOOL)
        schema.add_field("tags", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=8, max_length=20)
        schema.add_field("details", DataType.JSON)
        schema.add_field("place", DataType.GEOMETRY)
        schema.add_field("plot", DataType.FLOAT_VECTOR, dim=4)
        schema.add_field("poster", DataType.BINARY_VECTOR, dim=16)
        schema.add_field("sound", DataType.FLOAT16_VECTOR, dim=4)
        schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
        await self.call("create_collection", "films", schema=schema, consistency_level="Strong", num_partitions=4,
                        properties={"collection.ttl.seconds": 86400})
        indexes = MilvusClient.prepare_index_params()
        for index in INDEXES:
            indexes.add_index(index_name=f"{index['field_name']}_index", **index)
        await self.call("create_index", "films", indexes)
        await self.described()
        for name in sorted(await self.call("list_indexes", "films")):
            found = await self.call("describe_index", "films", name)
            print("index", name, found["index_type"], found["metric_type"])
        await self.state()
        await self.call("load_collection", "films")
        await self.state()
        inserted = await self.call("insert", "films", [film(id_) for id_ in range(1, len(TITLES) + 1)])
        upserted = await self.call("upsert", "films", [{**film(12), "title": "Aliens", "year": 1986}])
        print("inserted", inserted["insert_count"], "upserted", upserted["upsert_count"])

    async def questions(self) -> None:
        for row in in_order(await self.call("get", "films", [1, 12], output_fields=[*FIELDS, "place", "studio"])):
            print("film", row["id"], *(shown(row[name]) for name in [*FIELDS, "place", "studio"]))
        row = (await self.call("query", "films", "id == 5", output_fields=VECTORS))[0]
        poster, sound = list(row["poster"][0]), np.frombuffer(row["sound"][0], dtype=np.float16)
        words = " ".join(f"{index}:{number(value)}" for index, value in row["words"].items())
        print("vectors", numbers(row["plot"]), numbers(poster), numbers(sound), f"{{{words}}}")
        for filter_ in FILTERS:
            print(f"{filter_}:", await self.ids(filter_))
        values = {"years": [1927, 1948, 1969], "least": 5.5}
        print("templates:", await self.ids("year in {years} and rating >= {least}", filter_params=values))
        print("page:", await self.ids("id > 0", limit=3, offset=4))
        count = await self.call("query", "films", 'genre == "drama"', output_fields=["count(*)"])
        print("count", count[0]["count(*)"])

    async def searches(self) -> None:
        plot = {"anns_field": "plot", "data": [[1, 0.5, 0.25, 1]], "limit": 4}
        await self.search("nearest", **plot)
        await self.search("filtered", **plot, filter="colour == true")
        await self.search("offset", **plot, search_params={"offset": 2})
        await self.search("range", **{**plot, "limit": 10}, search_params={"params": {"radius": 2, "range_filter": 0.25}})
        await self.search("grouped", **plot, group_by_field="genre")
        await self.search("two groups", **{**plot, "limit": 2}, group_by_field="genre", group_size=2, strict_group_size=True)
        await self.search("binary", anns_field="poster", data=[bytes([3, 252])], limit=4, filter="id in [1, 3, 5, 8]")
        await self.search("float16", anns_field="sound", data=[np.array([-1, 0.5, 0.75, 2], dtype=np.float16)], limit=3)
        await self.search("sparse", anns_field="words", data=[{3: 0.5, 21: 1.5, 23: 0.25}], limit=4)
        two = await self.call("search", "films", anns_field="plot", data=[[0, 0, 0, 0], [4, 1, 0.5, 1]], limit=2,
                              output_fields=["title"])
        for hits in two:
            print("of two", ", ".join(f"{hit['id']} {hit['entity']['title']}" for hit in hits))
        requests = [
            AnnSearchRequest([[1, 0.5, 0.25, 1]], "plot", {}, 5),
            AnnSearchRequest([np.array([-1, 0.5, 0.75, 2], dtype=np.float16)], "sound", {}, 5),
        ]
        for name, ranker in (("rrf", RRFRanker(10)), ("weighted", WeightedRanker(0.75, 0.25, norm_score=False))):
            print_hits(name, (await self.call("hybrid_search", "films", requests, ranker, limit=4))[0])

    async def iterators(self) -> None:
        """AsyncMilvusClient has none: its program asks the client that has them."""
        client = self.client if isinstance(self.client, MilvusClient) else MilvusClient(db_name="archive", **CONNECTION)
        rows = client.query_iterator("films", batch_size=4, limit=9, filter="id > 2", output_fields=["id"])
        while batch := rows.next():
            print("query batch", *(row["id"] for row in batch))
        rows.close()
        hits = client.search_iterator("films", [[1, 0.5, 0.25, 1]], batch_size=5, limit=10, anns_field="plot")
        while batch := hits.next():
            print("search batch", *(hit["id"] for hit in batch))
        hits.close()

    async def changes(self) -> None:
        await self.call("create_alias", "films", "library")
        listed = await self.call("list_aliases", "films")
        aliases = listed["aliases"] if isinstance(listed, dict) else listed  # the async client gives them bare
        of = (await self.call("describe_alias", "library"))["collection_name"]
        print("aliases", *aliases, "of", of)
        print("by alias:", await self.ids("id < 3", collection="library"))
        await self.call("drop_alias", "library")

        await self.call("add_collection_field", "films", "copies", DataType.INT32, nullable=True)
        await self.call("insert", "films", [{**film(1), "id": 13, "copies": 3}])
        print(f"copies: {await self.ids('copies == 3')}, none: {await self.ids('copies is null')}")
        await self.call("alter_collection_properties", "films", {"collection.ttl.seconds": 3600})
        await self.described()
        await self.call("drop_collection_properties", "films", ["collection.ttl.seconds"])
        await self.described()

        by_ids = await self.call("delete", "films", ids=[1, 2])
        by_filter = await self.call("delete", "films", filter="year < 1950")
        print("deleted", by_ids["delete_count"], by_filter["delete_count"], "left", await self.ids("id > 0"))
        await self.call("flush", "films")
        print("after flush:", await self.ids("id > 0"))

    async def partitions(self) -> None:
        await self.call("create_collection", "people", 2, metric_type="L2")
        await self.call("create_partition", "people", "crew")
        print("partitions", *sorted(await self.call("list_partitions", "people")))
        await self.call("insert", "people", [{"id": 1, "vector": [0, 1], "name": "Ann"}])
        await self.call("insert", "people", [{"id": 2, "vector": [1, 1], "name": "Bo"}], partition_name="crew")
        people = {"collection": "people", "anns_field": "vector", "data": [[0, 0]], "limit": 5}
        await self.search("all people", **people)
        await self.search("crew", **people, partition_names=["crew"])
        await self.call("flush", "people")
        print("rows", (await self.call("get_collection_stats", "people"))["row_count"])
        await self.call("release_partitions", "people", ["crew"])
        await self.call("drop_partition", "people", "crew")
        print("people:", await self.ids("id > 0", collection="people"))

    async def end(self) -> None:
        await self.call("rename_collection", "people", "persons")
        print("collections", *sorted(await self.call("list_collections")))
        await self.call("release_collection", "films")
        await self.failing("query", "films", "id > 0", limit=1)
        await self.call("drop_index", "films", "words_index")
        print("indexes", *sorted(await self.call("list_indexes", "films")))
        await self.failing("create_database", "1st")
        await self.failing("drop_database", "archive")
        for name in ("films", "persons"):
            await self.call("drop_collection", name)
        print("has films", json.dumps(await self.call("has_collection", "films")))
        await self.call("use_database", "default")
        await self.call("drop_database", "archive")
        print("databases", *await self.call("list_databases"))

    async def described(self) -> None:
        found = await self.call("describe_collection", "films")
        print("fields", *(f"{field['name']}:{TYPE_NAMES[field['type'].name]}" for field in found["fields"]))
        print("ttl", found["properties"].get("collection.ttl.seconds", "none"))

    async def state(self) -> None:
        found = await self.call("get_load_state", "films")
        print("loaded", json.dumps(found["state"].name == "Loaded"))

    async def ids(self, filter_: str, collection: str = "films", **options) -> str:
        rows = await self.call("query", collection, filter_, output_fields=["id"], consistency_level="Strong", **options)
        return " ".join(str(row["id"]) for row in in_order(rows))

    async def search(self, name: str, collection: str = "films", **question) -> None:
        print_hits(name, (await self.call("search", collection, consistency_level="Strong", **question))[0])

    async def failing(self, name: str, *args, **kwargs) -> None:
        """What the server says of a call that must fail."""
        try:
            await self.call(name, *args, **kwargs)
        except MilvusException as error:
            print("error", error.code, error.message)
        else:
            print("error 0 nothing")


TYPE_NAMES = {
    "INT64": "Int64", "VARCHAR": "VarChar", "INT16": "Int16", "INT32": "Int32", "FLOAT": "Float", "DOUBLE": "Double",
    "BOOL": "Bool", "ARRAY": "Array", "JSON": "JSON", "GEOMETRY": "Geometry", "FLOAT_VECTOR": "FloatVector",
    "BINARY_VECTOR": "BinaryVector", "FLOAT16_VECTOR": "Float16Vector", "SPARSE_FLOAT_VECTOR": "SparseFloatVector",
}


def in_order(rows) -> list:
    return sorted(rows, key=lambda row: row["id"])


def print_hits(name: str, hits) -> None:
    print(f"{name}:", ", ".join(f"{hit['id']} {hit['distance']:.6f}" for hit in hits))


def number(value) -> str:
    return f"{float(value):g}"


def numbers(values) -> str:
    return f"[{' '.join(map(number, values))}]"


def shown(value) -> str:
    """Text as it is, the rest as JavaScript writes it: no spaces, no point in a whole number."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (dict, bool, type(None))):
        return json.dumps(value, separators=(",", ":"))
    return str(value) if isinstance(value, int) else json.dumps(list(value), separators=(",", ":"))


async def main(style: str) -> None:
    client = (MilvusClient if style == "sync" else AsyncMilvusClient)(**CONNECTION)
    try:
        await Application(client).run()
    finally:
        closing = client.close()
        if inspect.isawaitable(closing):
            await closing


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    CONNECTION = connection_arguments(json.loads(sys.argv[2]))
    asyncio.run(main(sys.argv[1]))
