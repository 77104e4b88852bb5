#!/usr/bin/env python3
"""Writes the files of this folder with Keras 3.15: SavedModels by model.export(), models that call them by TFSMLayer, inputs and results.

    python make.py      in an environment with keras==3.15.1 and tensorflow-cpu
"""

import os
import pathlib

import keras
import numpy as np

os.chdir(pathlib.Path(__file__).parent)  # the layer's path is stored as given, and counts from the current folder
keras.utils.set_random_seed(7)


def statistics(layer):
    layer.moving_mean.assign(np.random.uniform(-1, 1, layer.moving_mean.shape))
    layer.moving_variance.assign(np.random.uniform(0.5, 2, layer.moving_variance.shape))


def record(name, model, inputs):
    model.save(f"{name}.keras")
    results = model.predict(list(inputs.values()) if len(inputs) > 1 else next(iter(inputs.values())), verbose=0)
    results = results if isinstance(results, (list, tuple)) else [results]
    np.savez(f"{name}.npz", **inputs, **{f"result_{i}": value for i, value in enumerate(results)})


def one_tensor():
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.BatchNormalization(), keras.layers.Dense(2)])
    statistics(inner.layers[1])
    inner.export("one", verbose=False)
    x = keras.Input((3,), name="x")
    y = keras.layers.TFSMLayer("one", name="served")(x)
    record("one_tensor", keras.Model(x, keras.layers.ReLU()(y) + 1.0), {"x": np.random.randn(5, 3).astype("float32")})
    named = keras.layers.TFSMLayer("one", call_endpoint="serving_default", name="named")(x)
    record("by_signature", keras.Model(x, named["output_0"] * 2.0), {"x": np.random.randn(5, 3).astype("float32")})


def many_results():
    x = keras.Input((2,))
    inner = keras.Model(x, [x * float(i + 1) for i in range(12)])
    inner.export("many", verbose=False)
    y = keras.layers.TFSMLayer("many", name="served")(x := keras.Input((2,), name="x"))
    record("many_results", keras.Model(x, [y[1], y[2], y[10], y[11]]), {"x": np.random.randn(4, 2).astype("float32")})


def dictionary():
    b, a = keras.Input((2,), name="b"), keras.Input((2,), name="a")
    inner = keras.Model({"b": b, "a": a}, {"z": a - b, "y": a * b})
    inner.export("keyed", verbose=False)
    b, a = keras.Input((2,), name="b"), keras.Input((2,), name="a")
    y = keras.layers.TFSMLayer("keyed", name="served")({"b": b, "a": a})
    values = {name: np.random.randn(4, 2).astype("float32") for name in ("b", "a")}
    record("dictionary", keras.Model([b, a], [y["z"], y["y"]]), values)


one_tensor()
many_results()
dictionary()
