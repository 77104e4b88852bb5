"""Steps in which the rows of a batch depend on each other, and similar ones in which they do not. A model with such steps must
compute what model.predict computes with one batch size: `Choices.cut` rows at a time."""

import numpy as np

from generate.building import KERAS
from generate.oracle import keras, tf
from random_models.choices import extents, need

CUTS = (32, 32, 32, 1, 3, 7, 8, 11)
ops = tf if KERAS == 2 else keras.ops


def softmax(x, axis=-1):
    return tf.nn.softmax(x, axis=axis) if KERAS == 2 else keras.ops.softmax(x, axis=axis)


def known(x):
    sizes = extents(x)
    need(None not in sizes)
    return sizes


def swapped(x, axis):
    order = list(range(len(x.shape)))
    order[0], order[axis] = order[axis], order[0]
    return ops.transpose(x, order)


def folded(c, x):
    """A fixed extent first, and the batch in another axis."""
    sizes = known(x)
    count = int(np.prod(sizes))
    leading = c.choice([k for k in range(1, count + 1) if count % k == 0])
    return ops.reshape(softmax(ops.reshape(x, (leading, -1))), (-1, *sizes))


def turned(c, x):
    axis = c.randrange(1, len(x.shape))
    return swapped(softmax(swapped(x, axis), axis=c.randrange(len(x.shape))), axis)


def reduced(c, x):
    kind = c.choice(("mean", "max", "sum"))
    function = getattr(tf, f"reduce_{kind}") if KERAS == 2 else getattr(keras.ops, kind)
    axis = c.choice((0, 0, [0, 1], len(x.shape) - 1))
    return x - function(x, axis=axis, keepdims=True)


def by_shape(c, x):
    """The number of rows as a number: used in a shape only, it changes nothing."""
    need(KERAS == 2)
    sizes, rows = known(x), tf.shape(x)[0]
    y = tf.reshape(softmax(tf.reshape(x, (rows, -1))), (rows, *sizes))
    return y / tf.cast(rows, y.dtype) if c.maybe() else y


def with_constant(c, x):
    """One row, or one for each row of a batch."""
    need(c.batch % c.cut == 0)
    rows = c.choice((1, c.cut))
    values = np.random.default_rng(c.randrange(1000)).normal(size=(rows, *known(x)))
    need(values.size < 2000)
    return x * values.astype("float32") if c.maybe() else x + values.astype("float32")


def joined(c, x):
    rest = [slice(None)] * (len(x.shape) - 1)
    if c.maybe():
        return x * x[(slice(None, None, -1), *rest)]
    parts = [x[(slice(1, None), *rest)], x[(slice(None, 1), *rest)]]
    return tf.concat(parts, axis=0) if KERAS == 2 else keras.ops.concatenate(parts, axis=0)


def attended(c, x):
    need(len(x.shape) == 2)
    scores = ops.matmul(x, ops.transpose(x, (1, 0)))
    return ops.matmul(softmax(scores), x)


STEPS = [folded, folded, turned, reduced, by_shape, with_constant, joined, attended]
