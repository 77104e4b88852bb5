#!/usr/bin/env python3
"""Writes the cases function_*: SavedModels that hold functions and no layers of Keras. TensorFlow's own loader answers.

    VENV/bin/python generate_functions.py [REGEX]     (an environment with tensorflow-cpu 2.15.1: see generate.py)
"""

import os
import re
import sys
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0")

import numpy as np
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parent))
from generate import files, oracle, weights

HERE = Path(__file__).parent
FLOAT = tf.float32


def spec(*shape, dtype=FLOAT, name="x"):
    return tf.TensorSpec(shape, dtype, name=name)


def numbers(name, *shape):
    return weights.random_of(name).normal(size=shape).astype("float32")


class Dense(tf.Module):
    """Variables in a list and by attribute; two signatures."""

    def __init__(self):
        super().__init__()
        self.kernels = [tf.Variable(numbers("kernel 0", 4, 3)), tf.Variable(numbers("kernel 1", 3, 2))]
        self.bias = tf.Variable(numbers("bias", 2))
        self.unused = tf.Variable(numbers("unused", 5))

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        hidden = tf.nn.relu(x @ self.kernels[0])
        return {"scores": hidden @ self.kernels[1] + self.bias, "hidden": hidden}

    @tf.function(input_signature=[spec(None, 4)])
    def doubled(self, x):
        return {"y": 2.0 * self.call(x)["scores"]}


def module():
    model = Dense()
    return model, {"serving_default": model.call, "doubled": model.doubled}


class Branches(tf.Module):
    """A branch that data decide, one that shapes decide, and a loop over rows of a shape."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(numbers("branches", 4, 4))

    @tf.function(input_signature=[spec(None, 4), spec(dtype=tf.bool, name="turned")])
    def call(self, x, turned):
        y = tf.cond(turned, lambda: x @ self.kernel, lambda: x - 1.0)
        if tf.shape(x)[1] > 3:
            y = y * 2.0
        for i in tf.range(tf.shape(x)[1] - 1):
            y = tf.tanh(y @ self.kernel) + tf.cast(i, tf.float32)
        return {"y": y}


def branches():
    model = Branches()
    return model, {"serving_default": model.call}


class Outputs(tf.Module):
    """Operations with several outputs, which functions read by name."""

    @tf.function(input_signature=[spec(None, 6), spec(None, 3, 2, dtype=tf.int32, name="places")])
    def call(self, x, places):
        best = tf.math.top_k(x, 3)
        table = tf.reshape(x, [-1, 3, 2])
        left, middle, right = tf.split(x, [1, 2, 3], axis=1)
        q, r = tf.linalg.qr(tf.reshape(x, [-1, 3, 2]))
        return {
            "values": best.values,
            "indices": best.indices,
            "picked": tf.gather_nd(table, places, batch_dims=1),
            "rows": tf.gather_nd(tf.transpose(table, [1, 2, 0]), tf.constant([[2, 0], [0, 1]])),
            "joined": tf.concat([right, left, middle], 1),
            "product": q @ r,
            "bounds": tf.searchsorted(tf.sort(x), x, side="right"),
            "sums": tf.math.unsorted_segment_sum(tf.transpose(x), tf.constant([0, 2, 1, 0, 2, 2]), 3),
        }


def outputs():
    model = Outputs()
    return model, {"serving_default": model.call}


class BatchSize(tf.Module):
    """Results that depend on the number of rows of a call."""

    @tf.function(input_signature=[spec(None, 3)])
    def call(self, x):
        return {"y": x / tf.cast(tf.shape(x)[0], tf.float32), "mean": x - tf.reduce_mean(x, 0)}


def batch_size():
    model = BatchSize()
    return model, {"serving_default": model.call}


class Pictures(tf.keras.Model):
    """A subclassed model: Keras's metadata have no config of its layers."""

    def __init__(self):
        super().__init__()
        self.layers_of_pictures = [
            tf.keras.layers.Conv2D(4, 3, strides=2, padding="same"),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.DepthwiseConv2D(3, activation="relu6"),
            tf.keras.layers.Conv2DTranspose(3, 2, strides=2),
            tf.keras.layers.Resizing(6, 5),
            tf.keras.layers.GlobalMaxPooling2D(),
            tf.keras.layers.Dense(2, activation="softmax"),
        ]

    def call(self, x):
        for layer in self.layers_of_pictures:
            x = layer(x)
        return x


def pictures():
    model = Pictures()
    model(np.zeros((1, 9, 8, 3), "float32"))
    weights.randomise(model, "function_pictures")
    return model, None


class Scaled(tf.keras.layers.Layer):
    """A layer of the caller's own inside a Functional model."""

    def build(self, shape):
        self.scale = self.add_weight("scale", (shape[-1],))

    def call(self, x):
        return tf.math.erf(x * self.scale) + tf.reduce_max(x, axis=-1, keepdims=True)


def custom_layer():
    x = tf.keras.Input((5,), name="x")
    model = tf.keras.Model(x, tf.keras.layers.Dense(3, name="y")(Scaled()(x)))
    weights.randomise(model, "function_custom_layer")
    return model, None


def sequences():
    x = tf.keras.Input((6,), dtype="int32", name="x")
    y = tf.keras.layers.Embedding(9, 4, mask_zero=True)(x)
    y = tf.keras.layers.LSTM(3, return_sequences=True)(y)
    y = tf.keras.layers.MultiHeadAttention(2, 3)(y, y)
    y = tf.keras.layers.LayerNormalization()(y)
    model = tf.keras.Model(x, tf.keras.layers.RNN(tf.keras.layers.GRUCell(2), name="y")(y))
    weights.randomise(model, "function_sequences")
    plain = tf.Module()  # Keras would save functions for each of its layers: 7 MB
    plain.weights = model.weights
    return plain, {"serving_default": tf.function(lambda x: {"y": model(x)}, input_signature=[spec(None, 6, dtype=tf.int32)])}


def session(folder):
    """TensorFlow 1: variables without objects, known by their names."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as running:
        x = tf.compat.v1.placeholder(FLOAT, (None, 4), name="x")
        kernel = tf.compat.v1.get_variable("layer/kernel", initializer=numbers("session", 4, 2), use_resource=False)
        bias = tf.compat.v1.get_variable("layer/bias", initializer=numbers("bias of session", 2), use_resource=True)
        y = tf.nn.softmax(x @ kernel + bias)
        running.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.saved_model.simple_save(running, str(folder), {"x": x}, {"y": y})


def feed(name, model_feed):
    random = weights.random_of("inputs of " + name)
    return {key: make(random) for key, make in model_feed.items()}


def normal(*shape):
    return lambda random: random.normal(size=shape).astype("float32")


def integers(high, *shape):
    return lambda random: random.integers(0, high, size=shape).astype("int32")


CASES = {
    "module": (module, {"x": normal(3, 4)}, {}),
    "module_doubled": (module, {"x": normal(3, 4)}, {"signature": "doubled"}),
    "branches": (branches, {"turned": lambda random: np.array(True), "x": normal(3, 4)}, {}),
    "branches_not": (branches, {"turned": lambda random: np.array(False), "x": normal(2, 4)}, {}),
    "outputs": (outputs, {"x": normal(2, 6), "places": lambda random: random.integers(0, 2, (2, 3, 2)).astype("int32")}, {}),
    "batch_size": (batch_size, {"x": normal(5, 3)}, {}),
    "pictures": (pictures, {"input_1": normal(2, 9, 8, 3)}, {}),
    "custom_layer": (custom_layer, {"x": normal(3, 5)}, {}),
    "sequences": (sequences, {"x": integers(9, 3, 6)}, {}),
    "session": (session, {"x": normal(3, 4)}, {}),
}


def record(name, build, model_feed, facts):
    tf.keras.backend.clear_session()
    folder = HERE / f"function_{name}"
    files.empty_folder(folder)
    if build is session:
        build(folder / "model")
    else:
        model, signatures = build()
        tf.saved_model.save(model, str(folder / "model"), signatures=signatures)
    (folder / "model" / "fingerprint.pb").unlink(missing_ok=True)
    called = tf.saved_model.load(str(folder / "model")).signatures[facts.get("signature", "serving_default")]

    def answer(inputs):
        return {key: value.numpy() for key, value in sorted(called(**{k: tf.constant(v) for k, v in inputs.items()}).items())}

    inputs = feed(name, model_feed)
    expected = answer(inputs)
    noise = 0.0
    for to in (-np.inf, np.inf):
        moved = {k: np.nextafter(v, np.float32(to)) if v.dtype.kind == "f" else v for k, v in inputs.items()}
        noise = max(noise, oracle.largest_difference(expected.values(), answer(moved).values()))
    files.write_npz(folder / "inputs.npz", inputs)
    files.write_npz(folder / "outputs.npz", expected)
    files.write_case(
        folder,
        {
            "inputs": "inputs.npz",
            "outputs": "outputs.npz",
            "rtol": 1e-4,
            "atol": max(1e-6, 4 * noise),
            "oracle_noise_max_abs": noise,
            "oracle_noise_from": "inputs moved by one unit in the last place",
            "model": "model",
            "oracle": f"tensorflow {tf.__version__}",
            "classes": ["TensorFlowFunction"],
            **facts,
        },
    )


for name, (build, model_feed, facts) in CASES.items():
    if re.search(sys.argv[1] if len(sys.argv) > 1 else "", name):
        record(name, build, model_feed, facts)
        print(name)
