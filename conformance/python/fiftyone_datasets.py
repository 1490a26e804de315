"""FiftyOne's side of datasets that go over and back: it makes and exports one, and reads what came back.

    python fiftyone_datasets.py export FOLDER    FOLDER/FORMAT/, and FOLDER/FORMAT.json: what is in it
    python fiftyone_datasets.py import FOLDER    FOLDER/FORMAT.json of the FOLDER/FORMAT/ that there are
"""

import datetime
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")

import mongo_stand_in  # noqa: E402, F401
import fiftyone as fo  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

from neutral_samples import neutral_samples  # noqa: E402

NAN = float("nan")
#: FiftyOne does not escape what XML reserves, so VOC and CVAT could not hold an "&".
CLASSES = ["cat", "Kröte", "a dog's", "traffic light"]
#: Widths and heights; the boxes below lie on whole pixels of each, for VOC and CVAT have no others.
SIZES = {"a.png": (64, 48), "b.jpg": (40, 80), "c.png": (128, 64), "none.png": (16, 16), "missing.png": (16, 16)}
DICE = np.random.default_rng(5)


class Format:
    """How FiftyOne is asked to write and to read one."""

    def __init__(self, type_, fields: list, exporting: dict = {}, importing: dict = {}) -> None:
        self.type, self.fields, self.exporting, self.importing = type_, fields, exporting, importing


def labels(field: str, **importing) -> dict:
    return {"exporting": {"label_field": field}, "importing": {"label_field": field, **importing}}


def cvat(kind: str, field: str) -> Format:
    """Without a field for each kind, FiftyOne adds the kind to its name; and CVAT calls the file otherwise than it."""
    importing = {"label_field": {kind: field}, "labels_path": "annotations.xml"}
    return Format(fo.types.CVATImageDataset, [field], {"label_field": field}, importing)


FORMATS = {
    "fiftyone": Format(fo.types.FiftyOneDataset, None),
    "coco": Format(fo.types.COCODetectionDataset, ["boxes"], **labels("boxes", label_types=["detections"])),
    "coco-masks": Format(fo.types.COCODetectionDataset, ["masks"], **labels("masks", label_types=["segmentations"])),
    "coco-areas": Format(
        fo.types.COCODetectionDataset, ["areas"],
        **labels("areas", label_types=["segmentations"], use_polylines=True),
    ),
    "coco-keypoints": Format(fo.types.COCODetectionDataset, ["joints"], **labels("joints", label_types=["keypoints"])),
    "yolov5": Format(fo.types.YOLOv5Dataset, ["boxes"], **labels("boxes", include_all_data=True)),
    "voc": Format(fo.types.VOCDetectionDataset, ["boxes"], **labels("boxes", include_all_data=True)),
    "cvat": cvat("detections", "boxes"),
    "cvat-lines": cvat("polylines", "lines"),
    "cvat-keypoints": cvat("keypoints", "joints"),
    "class-directory-tree": Format(fo.types.ImageClassificationDirectoryTree, ["weather"], **labels("weather")),
    "csv": Format(
        fo.types.CSVDataset, ["weather", "count", "score", "name", "flag"],
        {"fields": ["filepath", "tags", "weather.label", "weather.confidence", "count", "score", "name", "flag"]},
        {"fields": {"count": int, "score": float, "name": str, "flag": lambda text: text.lower() == "true",
                    "tags": lambda text: text.split(",")}},
    ),
    "image-directory": Format(fo.types.ImageDirectory, []),
}


def draw_images(folder: str) -> dict:
    os.makedirs(folder)
    for name, (width, height) in SIZES.items():
        pixels = DICE.integers(0, 255, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(os.path.join(folder, name))
    Image.fromarray(DICE.integers(0, 4, (48, 64), dtype=np.uint8)).save(os.path.join(folder, "mask.png"))
    return {name: os.path.join(folder, name) for name in [*SIZES, "mask.png"]}


def pixel_box(name: str, left: int, top: int, width: int, height: int) -> list:
    across, down = SIZES[name]
    return [left / across, top / down, width / across, height / down]


def mask(height: int, width: int) -> np.ndarray:
    return DICE.integers(0, 2, (height, width)).astype(bool)


def labelled(name: str, number: int) -> dict:
    """A value of every type of field and label, whatever the image."""
    boxes = [
        fo.Detection(label=label, bounding_box=pixel_box(name, 2 * number + at, 3 + at, 8 + 2 * at, 6 + at))
        for at, label in enumerate([*CLASSES, "cat"])
    ]
    return {
        "boxes": fo.Detections(detections=boxes),
        "predictions": fo.Detections(detections=[
            fo.Detection(label=label, bounding_box=DICE.random(4).tolist(), confidence=float(DICE.random()),
                         index=at, tags=["good", "a, b"], difficult=at == 0, note=f"note {at}", lanes=at)
            for at, label in enumerate(CLASSES)
        ]),
        "masks": fo.Detections(detections=[
            fo.Detection(label="cat", bounding_box=pixel_box(name, 4, 5, 8, 6), mask=mask(6, 8), iscrowd=1),
        ]),
        "alone": fo.Detection(label="dog", bounding_box=DICE.random(4).tolist()),
        "weather": fo.Classification(label=CLASSES[number], confidence=0.5 + number / 8),
        "scores": fo.Classification(label="cat", logits=np.array([0.25, 0.5, 1.75])),
        "themes": fo.Classifications(classifications=[
            fo.Classification(label=label, confidence=float(DICE.random())) for label in CLASSES
        ]),
        "areas": fo.Polylines(polylines=[
            fo.Polyline(label="road", closed=True, filled=True,
                        points=[[corner(name, 2, 3), corner(name, 12, 3), corner(name, 7, 11)]]),
        ]),
        "lines": fo.Polylines(polylines=[
            fo.Polyline(label="field", closed=True, filled=True, lanes=2, occluded=True,
                        points=[[corner(name, 2, 3), corner(name, 12, 3), corner(name, 7, 11)]]),
            # CVAT's exporter writes polygons first.
            fo.Polyline(label="lane", closed=False, filled=False, points=[[corner(name, 1, 1), corner(name, 9, 4)]]),
        ]),
        "several": fo.Polylines(polylines=[fo.Polyline(points=DICE.random((2, 3, 2)).tolist(), label="two")]),
        "joints": fo.Keypoints(keypoints=[
            fo.Keypoint(label="person", points=[corner(name, 2, 3), corner(name, 4, 5)]),
        ]),
        "pose": fo.Keypoints(keypoints=[
            fo.Keypoint(label="person", points=[(0.125, 0.5), (NAN, NAN), (0.75, 0.25)], confidence=[0.9, 0.0, 0.5]),
        ]),
        "classes": fo.Segmentation(mask=DICE.integers(0, 255, (5, 7), dtype=np.uint8)),
        "heat": fo.Heatmap(map=DICE.random((3, 4)), range=[0, 1]),
        "age": fo.Regression(value=41.5, confidence=0.25),
        "place": fo.GeoLocation(point=[-73.9855, 40.758], line=[[1.5, 2.5], [3.5, 4.5]],
                                polygon=[[[0, 0], [4, 0], [4, 4], [0, 0]], [[1, 1], [2, 1], [2, 2], [1, 1]]]),
        "count": number,
        "big": 2**60 + number,
        "score": float(DICE.random()),
        "name": 'zoë, "q"\n<&>',
        "flag": number % 2 == 0,
        "when": datetime.datetime(2024, 2, 3, 4, 5, 6, 789000),
        "day": datetime.date(2024, 2, 3 + number),
        "nested": {"a": [1, 2, {"b": None}], "c": "d"},
        "numbers": [0.5, 1.5],
        "wide": [2**53 + 1, -(2**62)],
        "words": ["a", "b, c"],
        "days": [datetime.date(2024, 2, 3), datetime.date(2023, 12, 31)],
        "vector": DICE.random(4, dtype=np.float32),
    }


def corner(name: str, x: int, y: int) -> tuple:
    across, down = SIZES[name]
    return (x / across, y / down)


def make_dataset(folder: str) -> fo.Dataset:
    """Three samples with everything, one whose lists are empty, one without any value."""
    paths = draw_images(os.path.join(folder, "images"))
    dataset = fo.Dataset("over-and-back")
    dataset.add_samples([
        *(fo.Sample(filepath=paths[name], tags=["train", "day"], **labelled(name, number))
          for number, name in enumerate(["a.png", "b.jpg", "c.png"])),
        fo.Sample(filepath=paths["none.png"], boxes=fo.Detections(), areas=fo.Polylines(), joints=fo.Keypoints(),
                  themes=fo.Classifications(), count=0, flag=False, name=""),
        fo.Sample(filepath=paths["missing.png"]),
    ])
    first = dataset.first()
    first["file_classes"] = fo.Segmentation(mask_path=paths["mask.png"])
    first.save()
    dataset.compute_metadata()
    dataset.description = "Every type"
    dataset.info = {"author": "somebody", "numbers": [1, 2.5]}
    dataset.tags = ["conformance"]
    dataset.default_classes = CLASSES
    dataset.save()
    return dataset


def export_all(folder: str) -> None:
    dataset = make_dataset(folder)
    for name, format_ in FORMATS.items():
        write(folder, name, lambda: export(dataset, os.path.join(folder, name), format_))


def export(dataset: fo.Dataset, folder: str, format_: Format) -> dict:
    classes = {"classes": CLASSES} if "boxes" in (format_.fields or []) else {}
    dataset.export(export_dir=folder, dataset_type=format_.type, **format_.exporting,
                   **({} if format_.type is fo.types.VOCDetectionDataset else classes))
    return described(dataset, format_)


def import_all(folder: str) -> None:
    for name, format_ in FORMATS.items():
        if os.path.isdir(os.path.join(folder, name)):
            write(folder, name, lambda: described(imported(os.path.join(folder, name), format_), format_))


def imported(folder: str, format_: Format) -> fo.Dataset:
    return fo.Dataset.from_dir(dataset_dir=folder, dataset_type=format_.type, **format_.importing)


def described(dataset: fo.Dataset, format_: Format) -> dict:
    samples = neutral_samples(dataset)
    for sample in samples if format_.fields is not None else []:
        sample["fields"] = {name: value for name, value in sample["fields"].items() if name in format_.fields}
    properties = {"description": dataset.description, "info": dataset.info, "tags": dataset.tags,
                  "default_classes": dataset.default_classes}
    return {"count": len(dataset), "samples": samples, "properties": properties}


def write(folder: str, name: str, work) -> None:
    """What came of it; one format that fails does not end the others."""
    try:
        result = work()
    except Exception as error:
        result = {"problem": f"{type(error).__name__}: {error}"}
    with open(os.path.join(folder, f"{name}.json"), "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    {"export": export_all, "import": import_all}[sys.argv[1]](sys.argv[2])
