"""Functions about tensors (such as their size), casts, selections, axes rearranged by names, ranges of numbers."""

import numpy as np

from generate.building import KERAS, Input, Model, keras
from generate.oracle import tf

ops = getattr(keras, "ops", None)
NAN, INFINITE = float("nan"), float("inf")


def measured():
    x, y, v, n = Input((3, 4), name="x"), Input((2, 4), name="y"), Input((), name="v"), Input((4,), dtype="int32", name="n")
    if KERAS == 2:
        return Model([x, y, v, n], [v * tf.cast(tf.rank(x), "float32"), y * 2, tf.rank(y) + n])
    kernel = np.array([0.5, -1.0, 2.0, 1.0], "float32")
    return Model(
        [x, y, v, n],
        [
            ops.size(x),
            v * ops.cast(ops.ndim(x), "float32"),
            ops.cdist(x, y),
            ops.cdist(x[0], y[0]),
            ops.cdist(x, y[0]),
            ops.corrcoef(x[:, 0]),
            ops.corrcoef(n),
            *[ops.correlate(x[0, 0], y[0, 0], mode=mode) for mode in ("valid", "same", "full")],
            *[ops.correlate(ops.reshape(x[0], (12,)), kernel, mode=mode) for mode in ("valid", "same", "full")],
            ops.correlate(n[0], kernel[:3], mode="same"),
        ],
    )


def retyped():
    x, n, b = Input((4,), name="x"), Input((4,), dtype="int32", name="n"), Input((8,), dtype="int8", name="b")
    kinds = ("int8", "uint8", "int16", "uint16", "float16", "bool")
    if KERAS == 2:
        outputs = [tf.saturate_cast(x, kind) for kind in kinds[:5]] + [tf.saturate_cast(n, kind) for kind in kinds[:4]]
        return Model([x, n, b], [*outputs, tf.bitcast(x, "int32"), tf.bitcast(n, "float32"), tf.bitcast(b, "uint8")])
    outputs = [ops.saturate_cast(x, kind) for kind in kinds] + [ops.saturate_cast(n, kind) for kind in (*kinds, "uint32")]
    return Model(
        [x, n, b],
        [
            *outputs,
            ops.saturate_cast(x[:, 3:], "int32"),
            ops.view(x, dtype="int32"),
            ops.view(x, dtype="uint8"),
            ops.view(n, dtype="float32"),
            ops.view(b, dtype="int32"),
            ops.view(b, dtype="float16"),
            ops.view(b, dtype="uint8"),
            ops.select([n > 300, n > 0], [x, -x], 7),
            ops.select([n > 300, n > 0], [x, -x]),
            ops.select([n > 300, n > 0], [n, -n], 7),
            ops.select([n > 300], [n], 0.5),
        ],
    )


def feed_retyped(random):
    x = np.array([[300.7, -3.2, 1e20, 5], [0.5, NAN, 127.9, -4.5], [255.5, INFINITE, -INFINITE, 2]], "float32")
    n = np.array([[300, -3, 2**31 - 1, -(2**31)], [0, 1, 127, 128], [65535, 65536, -32769, 70000]], "int32")
    return [x, n, random.integers(-60, 60, (3, 8)).astype("int8")]


def rearranged():
    x = Input(batch_shape=(2, 6, 4), name="x")
    return Model(
        x,
        [
            ops.rearrange(x, "b (h w) c -> b h w c", h=2),
            ops.rearrange(x, "b (h w) (c d) -> b (c h) (w d)", w=3, d=2),
            ops.rearrange(x, "b t c -> (b t) c"),
            ops.rearrange(x, "b t c -> c b t"),
            ops.rearrange(x, "(a b) t c -> b (t a) c", a=2, b=1),
        ],
    )


def counted():
    x = Input((None, 2), name="x")
    if KERAS == 3:
        a, b = x[:, 0] * x[:, 0] + 1, x[:, 1] * x[:, 1] + 2
        outputs = [ops.geomspace(a, b, num=4), ops.geomspace(-a, -b, num=3, endpoint=False), ops.geomspace(a, 8.0, num=1)]
        return Model(x, outputs)
    steps = tf.shape(x)[1]
    return Model(
        x,
        [
            x + tf.cast(tf.range(steps), "float32")[:, None],
            x * tf.range(2, dtype="float32"),
            x + tf.cast(tf.range(steps - 1, -1, -1), "float32")[:, None],
            x * tf.range(0.0, 0.4, 0.25),
            tf.gather(x, tf.range(0, steps, 2), axis=1),
        ],
    )


def cases(add):
    plain = {"float64": False, "same_rows": True, "coarse": True}
    add("measures", measured, **plain, atol=1e-5)
    add("retyped", retyped, feed=feed_retyped, **plain, atol=1e-5)
    add("rearranged_names", rearranged, rows=2, keras=(3,), **plain)
    add("counted_up", counted, **plain, atol=1e-5)
