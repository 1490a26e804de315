"""The scenario's calls in pymilvus's newer style: `MilvusClient`."""

from pymilvus import AnnSearchRequest, MilvusClient, RRFRanker, WeightedRanker

from access_calls import AccessCalls
from connection import connection_arguments
from neutral_form import NeutralForm, description_out, index_out, keys_in


class MilvusClientDriver(AccessCalls):
    def __init__(self) -> None:
        self._client: MilvusClient | None = None
        self._form = NeutralForm()
        self._database = "default"

    def connect(self, **connection):
        self._connection = connection
        if self._client is not None:
            self._client.close()
        self._client = MilvusClient(db_name=self._database, **connection_arguments(connection))

    def signIn(self, user=None, password=None):
        """As another user; without a password as whom the runner gave."""
        given = self._connection
        try:
            self.connect(**(given if password is None else {**given, "token": f"{user}:{password}"}))
        finally:
            self._connection = given

    # Databases

    def createDatabase(self, name):
        self._client.create_database(name)

    def listDatabases(self):
        return {"names": list(self._client.list_databases())}

    def useDatabase(self, name):
        self._client.use_database(name)
        self._database = name

    def dropDatabase(self, name):
        self._client.drop_database(name)

    # Collections

    def createCollection(self, name, fields, dynamic=False, description="", consistency=None, more=None):
        options = (more or {}) | ({} if consistency is None else {"consistency_level": consistency})
        self._client.create_collection(name, schema=self._form.schema(fields, dynamic, description), **options)

    def hasCollection(self, name):
        return {"value": self._client.has_collection(name)}

    def listCollections(self):
        return {"names": list(self._client.list_collections())}

    def describeCollection(self, name):
        return description_out(self._client.describe_collection(name))

    def renameCollection(self, **names):
        self._client.rename_collection(names["from"], names["to"])

    def dropCollection(self, name):
        self._client.drop_collection(name)

    def addField(self, collection, field):
        added = self._form.field(field)
        name, type_ = added.pop("name"), added.pop("dtype")
        self._client.add_collection_field(collection, name, type_, **added)

    def alterCollection(self, collection, properties):
        self._client.alter_collection_properties(collection, properties)

    def dropProperties(self, collection, names):
        self._client.drop_collection_properties(collection, names)

    def alterField(self, collection, field, params):
        self._client.alter_collection_field(collection, field, params)

    def properties(self, collection):
        return {"values": dict(self._client.describe_collection(collection)["properties"])}

    def alterDatabase(self, name, properties):
        self._client.alter_database_properties(name, properties)

    def databaseProperties(self, name):
        return {"values": dict(self._client.describe_database(name))}

    # Indexes and loading

    def createIndex(self, collection, field, index, metric=None, params=None, name=""):
        indexes = self._client.prepare_index_params()
        options = {} if metric is None else {"metric_type": metric}
        indexes.add_index(field_name=field, index_type=index, index_name=name, params=params or {}, **options)
        self._client.create_index(collection, indexes)

    def describeIndex(self, collection, name):
        return index_out(self._client.describe_index(collection, name))

    def listIndexes(self, collection):
        return {"names": list(self._client.list_indexes(collection))}

    def dropIndex(self, collection, name):
        self._client.drop_index(collection, name)

    def loadCollection(self, name):
        self._client.load_collection(name)

    def releaseCollection(self, name):
        self._client.release_collection(name)

    def loadState(self, name):
        return {"loaded": self._client.get_load_state(name)["state"].name == "Loaded"}

    # Partitions

    def createPartition(self, collection, name):
        self._client.create_partition(collection, name)

    def hasPartition(self, collection, name):
        return {"value": self._client.has_partition(collection, name)}

    def listPartitions(self, collection):
        return {"names": list(self._client.list_partitions(collection))}

    def dropPartition(self, collection, name):
        self._client.drop_partition(collection, name)

    def loadPartitions(self, collection, names):
        self._client.load_partitions(collection, names)

    def releasePartitions(self, collection, names):
        self._client.release_partitions(collection, names)

    def partitionStats(self, collection, name):
        return {"count": int(self._client.get_partition_stats(collection, name)["row_count"])}

    # Aliases

    def createAlias(self, alias, collection):
        self._client.create_alias(collection, alias)

    def alterAlias(self, alias, collection):
        self._client.alter_alias(collection, alias)

    def describeAlias(self, alias):
        found = self._client.describe_alias(alias)
        return {"alias": found["alias"], "collection": found["collection_name"]}

    def listAliases(self, collection):
        return {"names": list(self._client.list_aliases(collection)["aliases"])}

    def dropAlias(self, alias):
        self._client.drop_alias(alias)

    # Rows

    def insert(self, collection, rows, partition=""):
        made = self._client.insert(collection, self._form.rows_in(rows), partition_name=partition)
        return {"count": made["insert_count"], "ids": [str(key) for key in made["ids"]]}

    def upsert(self, collection, rows, partition=""):
        made = self._client.upsert(collection, self._form.rows_in(rows), partition_name=partition)
        return {"count": made["upsert_count"], "ids": [str(key) for key in made["ids"]]}

    def delete(self, collection, keys=None, filter=None, partition=None):
        target = {"filter": filter} if keys is None else {"ids": keys_in(keys)}
        return {"count": self._client.delete(collection, partition_name=partition, **target)["delete_count"]}

    def flush(self, collection):
        self._client.flush(collection)

    def collectionStats(self, name):
        return {"count": int(self._client.get_collection_stats(name)["row_count"])}

    # Questions

    def count(self, collection, filter=""):
        rows = self._client.query(collection, filter=filter, output_fields=["count(*)"], consistency_level="Strong")
        return {"count": rows[0]["count(*)"]}

    def get(self, collection, keys, outputFields=None):
        rows = self._client.get(collection, ids=keys_in(keys), output_fields=outputFields)
        return {"rows": self._form.rows_out(rows)}

    def query(self, collection, filter="", limit=None, offset=None, outputFields=None, partitions=None, values=None):
        options = {"limit": limit, "offset": offset, "filter_params": values}
        rows = self._client.query(
            collection,
            filter=filter,
            output_fields=outputFields,
            partition_names=partitions,
            consistency_level="Strong",
            **{name: value for name, value in options.items() if value is not None},
        )
        return {"rows": self._form.rows_out(rows)}

    def search(self, collection, field, vectors, limit, filter="", metric=None, params=None, offset=None,
               outputFields=None, partitions=None, values=None, more=None):
        search_params = {"params": params or {}}
        if metric is not None:
            search_params["metric_type"] = metric
        options = {"offset": offset, "filter_params": values, **(more or {})}
        results = self._client.search(
            collection,
            data=[self._form.value_in(field, vector) for vector in vectors],
            anns_field=field,
            filter=filter,
            limit=limit,
            output_fields=outputFields,
            search_params=search_params,
            partition_names=partitions,
            consistency_level="Strong",
            **{name: value for name, value in options.items() if value is not None},
        )
        return {"hits": self._form.hits_out(results)}

    def searchIterator(self, collection, field, vector, batchSize, limit=-1, filter="", outputFields=None,
                       params=None, metric=None):
        iterator = self._client.search_iterator(
            collection,
            data=[vector],
            anns_field=field,
            batch_size=batchSize,
            limit=limit,
            filter=filter,
            output_fields=outputFields,
            search_params={"params": params or {}},
        )
        return self._form.iteration_out(iterator)

    def hybridSearch(self, collection, requests, rerank, limit, outputFields=None):
        results = self._client.hybrid_search(
            collection,
            reqs=[sub_request(request, limit) for request in requests],
            ranker=ranker(rerank),
            limit=limit,
            output_fields=outputFields,
            consistency_level="Strong",
        )
        return {"hits": self._form.hits_out(results)}


def sub_request(request: dict, limit: int) -> AnnSearchRequest:
    return AnnSearchRequest([request["vector"]], request["field"], {}, limit, expr=request.get("filter"))


def ranker(rerank: dict):
    if rerank["strategy"] == "rrf":
        return RRFRanker(rerank["params"]["k"])
    return WeightedRanker(*rerank["params"]["weights"])
