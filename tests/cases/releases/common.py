"""What the models of generate_releases.py are built from, for TensorFlow 2.0 to 2.21 (Python 3.7 or later)."""

import os
import zlib

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0", KERAS_BACKEND="tensorflow")

import numpy as np
import tensorflow as tf

keras = tf.keras
RELEASE = tuple(int(part) for part in tf.__version__.split(".")[:2])
KERAS = 3 if RELEASE >= (2, 16) else 2
MODELS = {}  # name: (function that builds it, makers of its inputs by name)


class Missing(Exception):
    """The release has no such layer."""


def model(**inputs):
    """Registers a model with makers of its inputs. The function returns a Keras model, or a Module and its signatures."""

    def register(build):
        MODELS[build.__name__] = (build, inputs)
        return build

    return register


def layer(class_name, *arguments, **options):
    """A layer of Keras, also where the release calls it experimental."""
    experimental = getattr(keras.layers, "experimental", None)
    for place in (keras.layers, getattr(experimental, "preprocessing", None)):
        if hasattr(place, class_name):
            return getattr(place, class_name)(*arguments, **options)
    raise Missing(class_name)


def set_policy(name):
    mixed = keras.mixed_precision
    if hasattr(mixed, "set_global_policy"):
        mixed.set_global_policy(name)
    elif hasattr(mixed, "experimental"):
        mixed.experimental.set_policy(name)
    elif name != "float32":
        raise Missing("policies")


def spec(*shape, dtype=tf.float32, name="x"):
    return tf.TensorSpec(shape, dtype, name=name)


def random_of(text):
    return np.random.RandomState(zlib.crc32(text.encode()))


def normal(*shape, dtype="float32"):
    return lambda random: random.normal(size=shape).astype(dtype)


def integers(high, *shape, dtype="int32"):
    return lambda random: random.randint(0, high, shape).astype(dtype)


def padded(high, rows, steps):
    """Ids, of which some rows end with zeros."""

    def make(random):
        ids = random.randint(1, high, (rows, steps)).astype("int32")
        for row in range(1, rows):
            ids[row, steps - row % steps :] = 0
        return ids

    return make


def padded_numbers(*shape):
    def make(random):
        numbers = random.normal(size=shape).astype("float32")
        numbers[1, -2:] = 0
        return numbers

    return make


def texts(*lines):
    return lambda random: np.array(lines).reshape(-1, 1)


def chosen(words, *shape):
    return lambda random: random.choice(np.array(words), size=shape)


def randomise(keras_model, name):
    """Trainable weights and moving statistics that no release initialises alike."""
    trainable = {id(w) for w in keras_model.trainable_weights}
    for at, weight in enumerate(keras_model.weights):
        own = getattr(weight, "path", getattr(weight, "name", ""))
        if id(weight) not in trainable and "moving" not in own:
            continue
        low = 0.5 if "variance" in own or "gamma" in own else -0.4
        weight.assign(random_of(name + str(at)).uniform(low, low + 0.9, weight.shape).astype("float32"))
