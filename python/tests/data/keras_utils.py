"""Records what functions of keras.utils return: python keras_utils.py OUT.json, with Keras 3.15."""

import json
import sys

import keras
import numpy as np

CALLS = [
    ("to_categorical", [[0, 2, 1]], {}),
    ("to_categorical", [[[0], [2], [1]]], {"num_classes": 4}),
    ("to_categorical", [[[0, 1], [2, 0]]], {}),
    ("to_categorical", [3], {}),
    ("to_categorical", [[0.9, 2.1]], {}),
    ("normalize", [{"array": [[3.0, 4.0], [0.0, 0.0]]}], {}),
    ("normalize", [{"array": [[3.0, 4.0], [1.0, 0.0]]}], {"axis": 0}),
    ("normalize", [{"array": [[3.0, -4.0], [1.0, 0.5]]}], {"order": 1}),
    ("pad_sequences", [[[1], [2, 3], [4, 5, 6]]], {}),
    ("pad_sequences", [[[1], [2, 3], [4, 5, 6]]], {"padding": "post", "truncating": "post", "maxlen": 2}),
    ("pad_sequences", [[[1], [], [4, 5, 6]]], {"maxlen": 2, "value": 7}),
    ("pad_sequences", [[[[1, 2]], [[3, 4], [5, 6]]]], {"dtype": "float32"}),
    ("img_to_array", [{"array": [[1.0, 2.0], [3.0, 4.0]]}], {}),
    ("img_to_array", [{"array": [[1.0, 2.0], [3.0, 4.0]]}], {"data_format": "channels_first", "dtype": "uint8"}),
    ("img_to_array", [{"array": [[[1.0, 2.0, 3.0]]]}], {"data_format": "channels_first"}),
]


def argument(value):
    return np.array(value["array"], np.float32) if isinstance(value, dict) else value


def main(path):
    records = []
    for name, arguments, keywords in CALLS:
        result = np.asarray(getattr(keras.utils, name)(*map(argument, arguments), **keywords))
        records.append({"call": [name, arguments, keywords], "dtype": result.dtype.name, "shape": result.shape, "values": result.ravel().tolist()})
    with open(path, "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(map(json.dumps, records)) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1])
