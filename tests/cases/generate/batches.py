"""Models whose rows depend on each other, and similar ones whose rows do not, with more rows than model.predict computes at a
time (32 by default), and models that accept some batch sizes only."""

import numpy as np

from generate.building import KERAS, Input, L, Model, chain, keras
from generate.oracle import tf
from generate.text import adapted
from generate.weights import random_of

ROWS = 40  # 32 and 8
ops = tf if KERAS == 2 else keras.ops


def minus_mean():
    """Each row minus the mean of the rows that are computed together."""
    x = Input((3,), name="x")
    mean = tf.reduce_mean(x, axis=0, keepdims=True) if KERAS == 2 else keras.ops.mean(x, axis=0, keepdims=True)
    return Model(x, x - mean)


def divided_by_rows():
    """The number of rows that are computed together, as a value (Keras 3 does not give it to a Functional model)."""
    x = Input((3,), name="x")
    return Model(x, x / tf.cast(tf.shape(x)[0], x.dtype))


def padded_words():
    """The longest sentence determines the padding over which the mean runs."""
    return chain(
        (1,),
        adapted(max_tokens=12),
        L.Embedding(12, 4),
        L.GlobalAveragePooling1D(),
        L.Dense(2, name="y"),
        dtype="string",
    )


def sentences(random):
    """Short sentences, and one of five words among the last eight."""
    words = ["the", "fox", "dog", "lazy"]
    texts = [f"{words[i % 4]} {words[i % 3]}" for i in range(ROWS)]
    texts[35] = "the quick brown fox jumps"
    return np.array(texts)[:, None]


def softmax(x, axis=-1):
    return tf.nn.softmax(x, axis=axis) if KERAS == 2 else keras.ops.softmax(x, axis=axis)


def reduced(kind, x, **arguments):
    function = getattr(tf, f"reduce_{kind}") if KERAS == 2 else getattr(keras.ops, kind)
    return function(x, **arguments)


def of_rows(features, compute, before=None):
    """A model of one input, whose output is `compute` of the input or of the result of the layer `before`."""

    def build():
        x = Input((features,), name="x")
        return Model(x, compute(x if before is None else before()(x)))

    return build


def folded(leading, features, before=None):
    """A fixed extent before the batch: the softmax runs over rows of the batch."""

    def compute(x):
        return ops.reshape(softmax(ops.reshape(x, (leading, -1))), (-1, features))

    return of_rows(features, compute, before)


def transposed(x):
    return ops.transpose(softmax(ops.transpose(x, (1, 0))), (1, 0))


def turned_there_and_back(x):
    """The batch is the last axis in between, and its rows stay independent."""
    return ops.transpose(softmax(ops.transpose(x, (1, 0)), axis=0), (1, 0))


def over_all_elements(kind):
    return lambda x: x - reduced(kind, x)


def softmax_over_all(x):
    return keras.ops.softmax(x, axis=None) if KERAS == 3 else tf.reshape(tf.nn.softmax(tf.reshape(x, (-1,))), (-1, 3))


def attended(x):
    """Attention between the rows of a batch."""
    scores = tf.matmul(x, x, transpose_b=True) if KERAS == 2 else keras.ops.matmul(x, keras.ops.transpose(x))
    return ops.matmul(softmax(scores), x)


def pairs(x):
    """Every row combined with every other one: the batch is two axes."""
    return reduced("max", ops.expand_dims(x, 0) * ops.expand_dims(x, 1), axis=1)


def rotated(x):
    parts = [x[1:, :], x[:1, :]]
    return tf.concat(parts, axis=0) if KERAS == 2 else keras.ops.concatenate(parts, axis=0)


def distinct(x):
    """Each number once: how many there are depends on the data."""
    if KERAS == 2:
        return tf.unique(tf.reshape(tf.cast(x * 4, "int32"), (-1,)))[0]
    return keras.ops.unique(keras.ops.cast(x * 4, "int32"))


def reversed_rows(x):
    return x * x[::-1, :]


def rows_by_shape(x):
    """The number of rows is used in a shape only, and rows stay independent."""
    rows = tf.shape(x)[0]
    return tf.reshape(softmax(tf.reshape(x, (rows, 2, 3))), (rows, 6))


def constant_rows(rows):
    """A constant with a row for each row of a batch."""
    return lambda x: x * random_of(f"constant of {rows} rows").normal(size=(rows, 3)).astype("float32")


def repeated_over_all(x):
    """repeat(axis=None) flattens first."""
    twice = tf.repeat(x, 2) if KERAS == 2 else keras.ops.repeat(x, 2)
    return ops.reshape(twice, (-1, 6))


def fixed_reshape():
    x = Input((2, 3), name="x")
    return Model(x, L.Dense(2, name="y")(ops.reshape(x, (4, 6))))


def fixed_batch():
    x = Input(batch_shape=(4, 3), name="x")
    return Model(x, L.Dense(2, name="y")(x))


def stateful(kind, batch):
    def build():
        x = Input(batch_shape=(batch, 5, 3), name="x")
        return Model(x, L.Dense(2, name="y")(kind()(x)))

    return build


STATEFUL = {
    "lstm": lambda: L.LSTM(4, stateful=True, return_sequences=True),
    "gru": lambda: L.GRU(4, stateful=True),
    "simple_rnn": lambda: L.SimpleRNN(4, stateful=True),
    "rnn": lambda: L.RNN(L.GRUCell(4), stateful=True),
    "bidirectional": lambda: L.Bidirectional(L.LSTM(3, stateful=True)),
}


def many(rows, *sample):
    return lambda random: random.normal(size=(rows, *sample)).astype("float32")


def meeting(add):
    """Results depend on the number of rows computed together: the default of 32 (with a rest of 8), and 8."""
    models = {
        "folded_behind_dense": folded(14, 14, lambda: L.Dense(14, name="before")),
        **{f"folded_{leading}": folded(leading, features) for leading, features in ((14, 14), (28, 7), (22, 11), (16, 14))},
        "transposed": of_rows(3, transposed),
        "softmax_axis_0": of_rows(3, lambda x: L.Softmax(axis=0)(x)),
        **{f"minus_{kind}": of_rows(3, over_all_elements(kind)) for kind in ("max", "mean")},
        "softmax_over_all": of_rows(3, softmax_over_all),
        "repeated_over_all": of_rows(3, repeated_over_all),
        "attended": of_rows(3, attended),
        "pairs": of_rows(3, pairs),
        "rotated": of_rows(3, rotated),
        "reversed": of_rows(3, reversed_rows),
    }
    for name, build in models.items():
        add(f"batches_{name}", build, rows=ROWS, batches=32)
        add(f"batches_of_8_{name}", build, rows=ROWS, batches=8, batch_size=8)


def apart(add):
    add("batches_there_and_back", of_rows(3, turned_there_and_back), rows=ROWS, batches=32)
    add("batches_rows_by_shape", of_rows(6, rows_by_shape), keras=(2,), rows=ROWS, batches=32)
    add("batches_constant_1", of_rows(3, constant_rows(1)), rows=ROWS, batches=32)


def some_sizes_only(add):
    for rows in (4, 7, 11, 40):
        add(f"batches_constant_{rows}", of_rows(3, constant_rows(rows)), rows=2 * rows, batches=rows, batch_size=rows)
    add("batches_fixed_reshape", fixed_reshape, rows=4, batches=32)
    add("batches_fixed_reshape_twice", fixed_reshape, rows=8, batches=4, batch_size=4)
    add("batches_fixed_input", fixed_batch, feed=many(ROWS, 3), batches=32)


def other_rows(add):
    """Outputs that do not have one row per row of the input: Keras concatenates those of the batches."""
    add("batches_one_row_each", of_rows(3, lambda x: reduced("max", x, axis=0, keepdims=True)), rows=ROWS, batches=32)
    add("batches_one_value_each", of_rows(3, lambda x: reduced("max", x)), rows=ROWS, batches=32)
    add("batches_distinct", of_rows(3, distinct), rows=ROWS, batches=32)
    add("batches_twice_the_rows", of_rows(3, lambda x: L.Concatenate(axis=0)([x, x * 2.0])), rows=ROWS, batches=32)


def states(add):
    """The file fixes the batch size, and states are kept from one batch to the next."""
    for name, kind in STATEFUL.items():
        add(f"batches_stateful_{name}", stateful(kind, 2), feed=many(6, 5, 3), batches=2)
    formats = ("keras", "h5")
    add("batches_stateful_one", stateful(STATEFUL["gru"], 1), formats=formats, feed=many(4, 5, 3), batches=1)


def cases(add):
    add("batches_minus_mean", minus_mean, rows=ROWS, batches=32)
    add("batches_divided_by_rows", divided_by_rows, keras=(2,), rows=ROWS, batches=32)
    add("batches_padded_words", padded_words, feed=sentences, batches=32)
    for family in (meeting, apart, some_sizes_only, other_rows, states):
        family(add)
