"""Translates between the scenario's neutral form and pymilvus: types, rows, descriptions, hits."""

import re

import numpy as np
from pymilvus import CollectionSchema, DataType, FieldSchema

TYPES = {
    "Bool": DataType.BOOL,
    "Int8": DataType.INT8,
    "Int16": DataType.INT16,
    "Int32": DataType.INT32,
    "Int64": DataType.INT64,
    "Float": DataType.FLOAT,
    "Double": DataType.DOUBLE,
    "VarChar": DataType.VARCHAR,
    "JSON": DataType.JSON,
    "Array": DataType.ARRAY,
    "Geometry": DataType.GEOMETRY,
    "Timestamptz": DataType.TIMESTAMPTZ,
    "FloatVector": DataType.FLOAT_VECTOR,
    "Float16Vector": DataType.FLOAT16_VECTOR,
    "BinaryVector": DataType.BINARY_VECTOR,
    "Int8Vector": DataType.INT8_VECTOR,
    "SparseFloatVector": DataType.SPARSE_FLOAT_VECTOR,
}
TYPE_NAMES = {type_: name for name, type_ in TYPES.items()}
CONSISTENCY_LEVELS = ["Strong", "Session", "Bounded", "Eventually", "Customized"]
INTEGER = re.compile(r"^-?\d+$")
FIELD_PARAMS = {
    "primary": "is_primary",
    "autoId": "auto_id",
    "nullable": "nullable",
    "default": "default_value",
    "dim": "dim",
    "maxLength": "max_length",
    "maxCapacity": "max_capacity",
    "partitionKey": "is_partition_key",
    "clusteringKey": "is_clustering_key",
}
# In the scenario all vectors are lists of numbers, sparse ones objects.
VECTORS_IN = {
    "Float16Vector": lambda numbers_: np.array(numbers_, dtype=np.float16),
    "BinaryVector": bytes,
    "Int8Vector": lambda numbers_: np.array(numbers_, dtype=np.int8),
    "SparseFloatVector": lambda weights: {int(position): float(weight) for position, weight in weights.items()},
}
VECTORS_OUT = {
    "Float16Vector": lambda found: np.frombuffer(found[0], dtype=np.float16).tolist(),
    "BinaryVector": lambda found: list(found[0]),
    "Int8Vector": lambda found: np.frombuffer(found[0], dtype=np.int8).tolist(),
    "SparseFloatVector": lambda found: {str(position): weight for position, weight in found.items()},
}


class NeutralForm:
    """Remembers the names of the fields that hold int64; in those, text of digits stands for a number."""

    def __init__(self) -> None:
        self._int64_fields: set[str] = set()
        self._vector_fields: dict[str, str] = {}

    def schema(self, fields: list[dict], dynamic: bool, description: str) -> CollectionSchema:
        return CollectionSchema(
            [FieldSchema(**self.field(field)) for field in fields],
            description=description,
            enable_dynamic_field=dynamic,
        )

    def field(self, field: dict) -> dict:
        """The arguments of a FieldSchema; what the field's values are is remembered."""
        name, type_ = field["name"], field["type"]
        if "Int64" in (type_, field.get("element")):
            self._int64_fields.add(name)
        if type_ in VECTORS_IN:
            self._vector_fields[name] = type_
        else:
            self._vector_fields.pop(name, None)
        params = {FIELD_PARAMS[key]: value for key, value in field.items() if key in FIELD_PARAMS}
        if "element" in field:
            params["element_type"] = TYPES[field["element"]]
        return {"name": name, "dtype": TYPES[type_], **params}

    def rows_in(self, rows: list[dict]) -> list[dict]:
        return [{name: self.value_in(name, value) for name, value in row.items()} for row in rows]

    def value_in(self, name: str, value):
        if name in self._vector_fields and isinstance(value, (list, dict)):
            return VECTORS_IN[self._vector_fields[name]](value)
        return integers(value) if name in self._int64_fields else numbers(value)

    def rows_out(self, rows) -> list[dict]:
        return [self.row_out(row) for row in rows]

    def row_out(self, row) -> dict:
        return {name: self.value_out(name, value) for name, value in dict(row).items()}

    def value_out(self, name: str, value):
        if name in self._vector_fields and value is not None:
            return VECTORS_OUT[self._vector_fields[name]](value)
        return strings(value) if name in self._int64_fields else plain(value)

    def hits_out(self, results) -> list[list[dict]]:
        return [
            [{**self.row_out(hit["entity"]), "id": str(hit.id), "score": hit.distance} for hit in hits]
            for hits in results
        ]

    def iteration_out(self, iterator) -> dict:
        batches = []
        # A page without hits, or none at all when the limit is reached, is the end.
        while page := iterator.next():
            batches += self.hits_out([page])
        iterator.close()
        return {"hits": [[hit for batch in batches for hit in batch]], "batchSizes": [len(batch) for batch in batches]}


def keys_in(keys: dict) -> list:
    return [int(key) for key in keys["int64"]] if "int64" in keys else keys["varchar"]


def integers(value):
    if isinstance(value, list):
        return [integers(element) for element in value]
    return int(value) if isinstance(value, str) and INTEGER.match(value) else value


def numbers(value):
    """JSON has no NaN and no infinity: in a list, text that names one stands for it."""
    if not isinstance(value, list):
        return value
    return [float(element) if element in ("NaN", "Infinity", "-Infinity") else element for element in value]


def strings(value):
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else [str(element) for element in value]


def plain(value):
    """Vectors and arrays come as protobuf containers or NumPy arrays: JSON wants lists and plain numbers."""
    if isinstance(value, (str, bool, int, float, type(None))):
        return value
    if isinstance(value, dict):
        return {key: plain(element) for key, element in value.items()}
    if isinstance(value, (bytes, bytearray)):
        return value.decode()
    return [element.item() if hasattr(element, "item") else plain(element) for element in value]


def description_out(found: dict) -> dict:
    return {
        "name": found["collection_name"],
        "description": found.get("description", ""),
        "dynamic": bool(found.get("enable_dynamic_field", False)),
        "consistency": CONSISTENCY_LEVELS[int(found["consistency_level"])],
        "aliases": list(found.get("aliases", [])),
        "fields": [field_out(field) for field in found["fields"]],
    }


def field_out(field: dict) -> dict:
    params = field.get("params", {})
    out = {
        "name": field["name"],
        "type": TYPE_NAMES[DataType(field["type"])],
        "primary": bool(field.get("is_primary", False)),
        "autoId": bool(field.get("auto_id", False)),
        "nullable": bool(field.get("nullable", False)),
    }
    if field.get("element_type"):
        out["element"] = TYPE_NAMES[DataType(field["element_type"])]
    for name, key in (("dim", "dim"), ("maxLength", "max_length"), ("maxCapacity", "max_capacity")):
        if key in params:
            out[name] = params[key]
    return out


def index_out(found: dict) -> dict:
    return {
        "field": found["field_name"],
        "index": found["index_type"],
        **({"metric": found["metric_type"]} if "metric_type" in found else {}),
    }
