"""Batches of more than the 32 rows that model.predict computes at a time, by models whose rows meet."""

import numpy as np

from generate.building import KERAS, Input, L, Model, chain, keras
from generate.oracle import tf
from generate.text import adapted

ROWS = 40


def minus_mean():
    """Every row less the mean of those that are computed with it."""
    x = Input((3,), name="x")
    mean = tf.reduce_mean(x, axis=0, keepdims=True) if KERAS == 2 else keras.ops.mean(x, axis=0, keepdims=True)
    return Model(x, x - mean)


def divided_by_rows():
    """The number of rows that are computed together, as a value (Keras 3 does not tell it to a Functional model)."""
    x = Input((3,), name="x")
    return Model(x, x / tf.cast(tf.shape(x)[0], x.dtype))


def padded_words():
    """The longest sentence says how much padding is averaged along."""
    return chain(
        (1,),
        adapted(max_tokens=12),
        L.Embedding(12, 4),
        L.GlobalAveragePooling1D(),
        L.Dense(2, name="y"),
        dtype="string",
    )


def sentences(random):
    """Short ones, and one of five words among the last eight."""
    words = ["the", "fox", "dog", "lazy"]
    texts = [f"{words[i % 4]} {words[i % 3]}" for i in range(ROWS)]
    texts[35] = "the quick brown fox jumps"
    return np.array(texts)[:, None]


def cases(add):
    add("batches_minus_mean", minus_mean, rows=ROWS, batches=True)
    add("batches_divided_by_rows", divided_by_rows, keras=(2,), rows=ROWS, batches=True)
    add("batches_padded_words", padded_words, feed=sentences, batches=True)
