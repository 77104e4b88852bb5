"""Modules with functions and subclasses of Keras's classes for generate_releases.py."""

import numpy as np
import tensorflow as tf

from releases.common import KERAS, Missing, chosen, integers, keras, model, normal, random_of, spec


def numbers(name, *shape):
    return random_of(name).normal(size=shape).astype("float32")


class Scaled(keras.layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=(shape[-1],))

    def call(self, x):
        return tf.math.erf(x * self.scale) + tf.reduce_max(x, axis=-1, keepdims=True)


@model(x=normal(3, 5))
def custom_layer():
    x = keras.Input((5,), name="x")
    return keras.Model(x, keras.layers.Dense(3, name="y")(Scaled()(x)))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = keras.layers.Conv2D(4, 3, padding="same", activation="relu")
        self.norm = keras.layers.BatchNormalization()
        self.last = keras.layers.Dense(2)

    def call(self, x):
        return self.last(tf.reduce_mean(self.norm(self.first(x)), [1, 2]))


@model(x=normal(2, 5, 6, 3))
def subclassed():
    made = Subclassed()
    made(np.zeros((1, 5, 6, 3), "float32"))
    return made


class Recurrent(keras.Model):
    """Loops over data inside of a function."""

    def __init__(self):
        super().__init__()
        self.embedding = keras.layers.Embedding(9, 4, mask_zero=True)
        self.lstm = keras.layers.LSTM(3)

    def call(self, x):
        return self.lstm(self.embedding(x))


@model(x=integers(9, 3, 5))
def subclassed_lstm():
    if KERAS == 3:
        raise Missing("export() takes floats for a subclassed model")
    made = Recurrent()
    made(np.zeros((1, 5), "int32"))
    return made


class Functions(tf.Module):
    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(numbers("kernel", 4, 3))
        self.bias = tf.Variable(numbers("bias", 3))

    @tf.function(input_signature=[spec(None, 4)])
    def scores(self, x):
        y = x @ self.kernel + self.bias
        return {"scores": tf.nn.softmax(y), "best": tf.argmax(y, -1), "hidden": tf.nn.leaky_relu(y)}

    @tf.function(input_signature=[spec(None, 4), spec(dtype=tf.bool, name="flipped")])
    def flow(self, x, flipped):
        y = tf.cond(flipped, lambda: tf.reverse(x, [1]), lambda: x)
        for i in tf.range(tf.shape(x)[1]):
            y = tf.tanh(y) + tf.cast(i, tf.float32) * 0.1
        while tf.reduce_sum(y) > 1.0:
            y = y * 0.5
        return {"y": y}


@model(x=normal(3, 4))
def module():
    made = Functions()
    return made, {"serving_default": made.scores, "flow": made.flow}


@model(flipped=lambda random: np.array(True), x=normal(3, 4))
def module_flow():
    made = Functions()
    return made, {"serving_default": made.flow, "scores": made.scores}


class Operations(tf.Module):
    @tf.function(input_signature=[spec(None, 6, 5, 3)])
    def pictures(self, x):
        sizes = {name: tf.image.resize(x, [4, 7], name) for name in ("bilinear", "nearest", "bicubic", "area")}
        parts = {"crop": tf.image.central_crop(x, 0.5), "grey": tf.image.rgb_to_grayscale(x), "left": tf.image.flip_left_right(x)}
        standard = {"standard": tf.image.per_image_standardization(x), "patches": tf.nn.space_to_depth(x[:, :, :4], 2)}
        return dict(**sizes, **parts, **standard)

    @tf.function(input_signature=[spec(None, 4), spec(None, 3, dtype=tf.int32, name="at")])
    def arrays(self, x, at):
        best = tf.math.top_k(x, 2)
        return {
            "picked": tf.gather(x, at, batch_dims=1, axis=1),
            "hot": tf.one_hot(at, 4),
            "values": best.values,
            "product": tf.einsum("bi,bj->bij", x, x),
            "segments": tf.math.unsorted_segment_sum(tf.transpose(x), tf.constant([0, 1, 1, 0]), 2),
            "where": tf.where(x > 0.0, x, -x),
            "sums": tf.cumsum(tf.sort(x, direction="DESCENDING"), exclusive=True),
            "clipped": tf.clip_by_norm(x, 1.0, [1]),
            "moments": tf.concat(tf.nn.moments(x, [1], keepdims=True), 1),
            "tiled": tf.tile(tf.pad(x, [[0, 0], [1, 0]], "REFLECT"), [1, 2]),
        }


@model(x=normal(2, 6, 5, 3))
def module_pictures():
    made = Operations()
    return made, {"serving_default": made.pictures}


@model(at=integers(4, 2, 3), x=normal(2, 4))
def module_arrays():
    made = Operations()
    return made, {"serving_default": made.arrays}


class Tables(tf.Module):
    def __init__(self):
        super().__init__()
        filled = tf.lookup.KeyValueTensorInitializer(tf.constant(["fox", "dog"]), tf.constant([3, 5], tf.int64))
        self.table = tf.lookup.StaticHashTable(filled, -1)

    @tf.function(input_signature=[spec(None, 3, dtype=tf.string)])
    def call(self, x):
        lower = tf.strings.lower(x)
        return {"ids": self.table.lookup(lower), "lengths": tf.strings.length(x), "joined": tf.strings.join([lower, x], "-")}


@model(x=chosen(["fox", "Dog", "cow"], 4, 3))
def module_tables():
    made = Tables()
    return made, {"serving_default": made.call}
