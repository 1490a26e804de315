"""Samples of FiftyOne as JSON that both sides can compare: members with a value, by FiftyOne's names."""

import datetime
import hashlib
import math
import os

import fiftyone as fo
import numpy as np
from bson import ObjectId

#: What FiftyOne gives each sample, and what both sides make anew.
LEFT_OUT = {"id", "filepath", "tags", "metadata", "created_at", "last_modified_at"}


def neutral_samples(samples: fo.core.collections.SampleCollection) -> list:
    return sorted((neutral_sample(sample) for sample in samples), key=lambda sample: sample["name"])


def neutral_sample(sample: fo.Sample) -> dict:
    fields = {name: sample[name] for name in sample.field_names if name not in LEFT_OUT and not name.startswith("_")}
    return {
        "name": os.path.basename(sample.filepath),
        "id": sample.id,
        "tags": list(sample.tags),
        "times": neutral([sample.created_at, sample.last_modified_at]),
        "metadata": None if sample.metadata is None else members(sample.metadata),
        "fields": {name: neutral(value) for name, value in fields.items() if value is not None},
    }


def neutral(value):
    if isinstance(value, fo.Label):
        return {"type": type(value).__name__, **members(value)}
    if isinstance(value, datetime.datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=datetime.timezone.utc)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, np.ndarray):
        return neutral_array(value)
    if isinstance(value, np.generic):
        return neutral(value.item())
    if isinstance(value, dict):
        return {name: neutral(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [neutral(inner) for inner in value]
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return str(value) if isinstance(value, ObjectId) else value


def members(document) -> dict:
    """Those that have a value; a mask that is a file is told by its content."""
    found = {}
    for name in document.field_names:
        value = getattr(document, name, None)
        if value is None or (isinstance(value, (list, dict)) and len(value) == 0 and name in ("tags", "attributes")):
            continue
        found[name] = digest(value) if name == "mask_path" else neutral(value)
    return found


def neutral_array(array: np.ndarray):
    if array.ndim == 1:
        return array.tolist()
    return {"height": array.shape[0], "width": array.shape[1], "data": array.astype(int).ravel().tolist()}


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
