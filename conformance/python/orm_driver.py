"""The scenario's calls in pymilvus's older style: `connections`, `Collection`, `utility` and `db`."""

from pymilvus import Collection, connections, db, utility

from connection import connection_arguments
from milvus_client_driver import ranker, sub_request
from neutral_form import NeutralForm, description_out, index_out, keys_in

ALIAS = "default"


class OrmDriver:
    def __init__(self) -> None:
        self._form = NeutralForm()
        self._database = "default"

    def connect(self, **connection):
        if connections.has_connection(ALIAS):
            connections.disconnect(ALIAS)
        connections.connect(ALIAS, db_name=self._database, **connection_arguments(connection))

    # Databases

    def createDatabase(self, name):
        db.create_database(name)

    def listDatabases(self):
        return {"names": list(db.list_database())}

    def useDatabase(self, name):
        db.using_database(name)
        self._database = name

    def dropDatabase(self, name):
        db.drop_database(name)

    # Collections

    def createCollection(self, name, fields, dynamic=False, description="", consistency=None, more=None):
        options = (more or {}) | ({} if consistency is None else {"consistency_level": consistency})
        Collection(name, self._form.schema(fields, dynamic, description), **options)

    def hasCollection(self, name):
        return {"value": utility.has_collection(name)}

    def listCollections(self):
        return {"names": list(utility.list_collections())}

    def describeCollection(self, name):
        return description_out(Collection(name).describe())

    def renameCollection(self, **names):
        utility.rename_collection(names["from"], names["to"])

    def dropCollection(self, name):
        utility.drop_collection(name)

    # Indexes and loading

    def createIndex(self, collection, field, index, metric=None, params=None, name=None):
        request = {"index_type": index, "params": params or {}}
        if metric is not None:
            request["metric_type"] = metric
        Collection(collection).create_index(field, request, **({} if name is None else {"index_name": name}))

    def describeIndex(self, collection, name):
        found = Collection(collection).index(index_name=name)
        return index_out({"field_name": found.field_name, **found.params})

    def listIndexes(self, collection):
        return {"names": [index.index_name for index in Collection(collection).indexes]}

    def dropIndex(self, collection, name):
        Collection(collection).drop_index(index_name=name)

    def loadCollection(self, name):
        Collection(name).load()

    def releaseCollection(self, name):
        Collection(name).release()

    def loadState(self, name):
        return {"loaded": utility.load_state(name).name == "Loaded"}

    # Partitions

    def createPartition(self, collection, name):
        Collection(collection).create_partition(name)

    def hasPartition(self, collection, name):
        return {"value": Collection(collection).has_partition(name)}

    def listPartitions(self, collection):
        return {"names": [partition.name for partition in Collection(collection).partitions]}

    def dropPartition(self, collection, name):
        Collection(collection).drop_partition(name)

    def loadPartitions(self, collection, names):
        Collection(collection).load(partition_names=names)

    def releasePartitions(self, collection, names):
        for name in names:
            Collection(collection).partition(name).release()

    def partitionStats(self, collection, name):
        return {"count": Collection(collection).partition(name).num_entities}

    # Aliases

    def createAlias(self, alias, collection):
        utility.create_alias(collection, alias)

    def alterAlias(self, alias, collection):
        utility.alter_alias(collection, alias)

    def describeAlias(self, alias):
        return {"alias": alias, "collection": Collection(alias).describe()["collection_name"]}

    def listAliases(self, collection):
        return {"names": list(utility.list_aliases(collection))}

    def dropAlias(self, alias):
        utility.drop_alias(alias)

    # Rows

    def insert(self, collection, rows, partition=None):
        made = Collection(collection).insert(self._form.rows_in(rows), partition_name=partition)
        return {"count": made.insert_count, "ids": [str(key) for key in made.primary_keys]}

    def upsert(self, collection, rows, partition=None):
        made = Collection(collection).upsert(self._form.rows_in(rows), partition_name=partition)
        return {"count": made.upsert_count, "ids": [str(key) for key in made.primary_keys]}

    def delete(self, collection, keys=None, filter=None, partition=None):
        target = Collection(collection)
        expression = filter if keys is None else f"{target.primary_field.name} in {keys_in(keys)}"
        return {"count": target.delete(expression, partition_name=partition).delete_count}

    def flush(self, collection):
        Collection(collection).flush()

    def collectionStats(self, name):
        return {"count": Collection(name).num_entities}

    # Questions

    def count(self, collection, filter=""):
        rows = Collection(collection).query(filter, output_fields=["count(*)"], consistency_level="Strong")
        return {"count": rows[0]["count(*)"]}

    def get(self, collection, keys, outputFields=None):
        target = Collection(collection)
        expression = f"{target.primary_field.name} in {keys_in(keys)}"
        rows = target.query(expression, output_fields=outputFields, consistency_level="Strong")
        return {"rows": self._form.rows_out(rows)}

    def query(self, collection, filter="", limit=None, offset=None, outputFields=None, partitions=None, values=None):
        options = {"limit": limit, "offset": offset, "expr_params": values}
        rows = Collection(collection).query(
            filter,
            output_fields=outputFields,
            partition_names=partitions,
            consistency_level="Strong",
            **{name: value for name, value in options.items() if value is not None},
        )
        return {"rows": self._form.rows_out(rows)}

    def search(self, collection, field, vectors, limit, filter=None, metric=None, params=None, offset=None,
               outputFields=None, partitions=None, values=None, more=None):
        param = {"params": params or {}}
        if metric is not None:
            param["metric_type"] = metric
        if offset is not None:
            param["offset"] = offset
        results = Collection(collection).search(
            data=[self._form.value_in(field, vector) for vector in vectors],
            anns_field=field,
            param=param,
            limit=limit,
            expr=filter,
            output_fields=outputFields,
            partition_names=partitions,
            consistency_level="Strong",
            **({} if values is None else {"expr_params": values}),
            **(more or {}),
        )
        return {"hits": self._form.hits_out(results)}

    def searchIterator(self, collection, field, vector, batchSize, metric, limit=-1, filter=None, outputFields=None,
                       params=None):
        iterator = Collection(collection).search_iterator(
            data=[vector],
            anns_field=field,
            param={"metric_type": metric, "params": params or {}},
            batch_size=batchSize,
            limit=limit,
            expr=filter,
            output_fields=outputFields,
        )
        return self._form.iteration_out(iterator)

    def hybridSearch(self, collection, requests, rerank, limit, outputFields=None):
        results = Collection(collection).hybrid_search(
            reqs=[sub_request(request, limit) for request in requests],
            rerank=ranker(rerank),
            limit=limit,
            output_fields=outputFields,
            consistency_level="Strong",
        )
        return {"hits": self._form.hits_out(results)}
