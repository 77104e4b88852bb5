"""Writes tests/data/keras: weights files of layouts that no Keras at hand writes any more, for the unit tests of src/loader/keras.

Run it from the root of the repository with Keras 2.15, whose own conversion of old weights gives the expected values:
    python tests/unit/loader/keras/make_fixtures.py
Every dataset of a layout test holds one number, 1, 2, 3, … in the order of the list below.
"""
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import numpy as np
from keras.src.saving.legacy.hdf5_format import preprocess_weights_for_loading
import keras

OUT = pathlib.Path("tests/data/keras")
OUT.mkdir(parents=True, exist_ok=True)
DEPENDENCIES = "_layer_checkpoint_dependencies"


def v3(name, paths, layer_names=None):
    """Groups P/vars with a kernel (1, 1) and a bias (1) each."""
    with h5py.File(OUT / name, "w") as f:
        number = 1
        f.create_group("vars")
        for path in paths:
            group = f.create_group(path + "/vars")
            for i, shape in enumerate([(1, 1), (1,)]):
                group[str(i)] = np.full(shape, number, "f4")
                number += 1
            if layer_names:
                group.attrs["name"] = layer_names[path]


def layouts():
    nested = f"{DEPENDENCIES}/functional"
    # Layers with weights are met twice in 2.12 and 2.13.
    v3("keras_2_12.h5", [f"{DEPENDENCIES}/dense", f"{DEPENDENCIES}/dense_2", f"{nested}/{DEPENDENCIES}/dense", f"{DEPENDENCIES}/dense_4"])
    v3("keras_2_14.h5", [f"{DEPENDENCIES}/dense", f"{DEPENDENCIES}/dense_1", f"{nested}/{DEPENDENCIES}/dense", f"{DEPENDENCIES}/dense_2"])
    v3("keras_2_15.h5", ["layers/dense", "layers/dense_1", "layers/functional/layers/dense", "layers/dense_2"])
    v3("windows.h5", [p.replace("/", "\\") for p in ["layers/dense", "layers/dense_1", "layers/functional/layers/dense", "layers/dense_2"]])
    names = {"layers/dense": "b", "layers/dense_1": "a", "layers/functional/layers/dense": "inside", "layers/dense_2": "c"}
    v3("swapped_names.h5", list(names), names)
    v3("one_too_few.h5", ["layers/dense", "layers/dense_1", "layers/functional/layers/dense"])


def legacy(name, layers, version="2.2.4", base="model_weights"):
    with h5py.File(OUT / name, "w") as f:
        group = f.create_group(base) if base else f
        group.attrs["layer_names"] = [n.encode() for n in layers]
        if version:
            group.attrs["keras_version"] = version.encode()
        for layer, weights in layers.items():
            inside = group.create_group(layer)
            inside.attrs["weight_names"] = [n.encode() for n in weights]
            for weight, value in weights.items():
                inside[weight] = value


def numbered(names):
    return {name: np.full((1,), i + 1, "f4") for i, name in enumerate(names)}


def converted(layer, shape, weights, version):
    layer.build(shape)
    return preprocess_weights_for_loading(layer, weights, version, "tensorflow")


def conversions():
    random = np.random.default_rng(7)

    def array(*shape):
        return random.normal(size=shape).astype("f4")

    old = {
        "lstm": (keras.layers.LSTM(2), (None, 5, 3), [array(*s) for _ in range(4) for s in [(3, 2), (2, 2), (2,)]], "1"),
        "gru": (keras.layers.GRU(2, reset_after=False), (None, 5, 3), [array(*s) for _ in range(3) for s in [(3, 2), (2, 2), (2,)]], "1"),
        "conv1d": (keras.layers.Conv1D(4, 3), (None, 5, 2), [array(4, 2, 3, 1), array(4)], "1"),
        "conv2d": (keras.layers.Conv2D(4, (3, 2), data_format="channels_first"), (None, 2, 5, 5), [array(4, 2, 3, 2), array(4)], "1"),
        "cudnn_lstm": (keras.layers.LSTM(2), (None, 5, 3), [array(3, 8), array(2, 8), array(16)], "2.1.5"),
        "cudnn_gru": (keras.layers.GRU(2), (None, 5, 3), [array(3, 6), array(2, 6), array(12)], "2.1.5"),
    }
    for name, (layer, shape, weights, version) in old.items():
        file = f"old_{name}.h5"
        legacy(file, {name: {f"weight_{i}": w for i, w in enumerate(weights)}}, None if version == "1" else version)
        with h5py.File(OUT / file, "a") as f:
            for i, weight in enumerate(converted(layer, shape, list(weights), version)):
                f[f"expected/{i}"] = np.asarray(weight, "f4")


layouts()
legacy("by_name.h5", {"b": numbered(["k"]), "a": {"k": np.full((1,), 7, "f4")}})
legacy("by_position.h5", {"x": numbered(["k"]), "nothing": {}, "y": {"k": np.full((1,), 7, "f4")}}, base="")
legacy("nested.h5", {"inner": numbered(list("abcdefgh"))})
conversions()
