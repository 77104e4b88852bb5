"""Sorting and accumulating along an axis: sorts, top k, quantiles, unique, cumulative sums."""

import numpy as np

from generate.building import KERAS, Input, Model, keras
from generate.operations import DTYPES, SHAPE, TOLERANCES, feed_two, stored, typed, works
from generate.oracle import tf

ops = getattr(keras, "ops", None)
NAN, INFINITE = float("nan"), float("inf")


def functions_of_keras3():
    return {
        "sort": ops.sort,
        "argsort": lambda x: ops.argsort(x, axis=1),
        "top_k": lambda x: ops.top_k(x, 2)[0],
        "places": lambda x: ops.top_k(x, 2)[1],
        "median": lambda x: ops.median(x, axis=1),
        "quantile": lambda x: ops.quantile(x, 0.3, axis=1),
        "percentile": lambda x: ops.percentile(x, [20, 70], axis=-1),
        "cumsum": lambda x: ops.cumsum(x, axis=1),
        "cumprod": lambda x: ops.cumprod(x, axis=2),
        "nancumsum": lambda x: ops.nancumsum(x, axis=-1),
        "nancumprod": lambda x: ops.nancumprod(x, axis=1),
        "sparsemax": ops.sparsemax,
        "argpartition": lambda x: ops.argpartition(ops.ravel(x), 3),
        "unique": lambda x: ops.unique(x, size=5, return_inverse=True)[0],
    }


def functions_of_keras2():
    return {
        "sort": tf.sort,
        "descending": lambda x: tf.sort(x, axis=1, direction="DESCENDING"),
        "argsort": lambda x: tf.argsort(x, axis=1),
        "places": lambda x: tf.argsort(x, direction="DESCENDING", stable=True),
        "top_k": lambda x: tf.math.top_k(x, 2).values,
        "indices": lambda x: tf.nn.top_k(x, 2).indices,
        "cumsum": lambda x: tf.cumsum(x, axis=1),
        "cumprod": lambda x: tf.math.cumprod(x, axis=2, exclusive=True),
        "cumulative_logsumexp": lambda x: tf.math.cumulative_logsumexp(x, axis=1, reverse=True),
        "searchsorted": lambda x: tf.searchsorted(tf.sort(x), x),
    }


def dtype_model(dtype):
    def build():
        functions = functions_of_keras3() if KERAS == 3 else functions_of_keras2()
        cast = ops.cast if KERAS == 3 else tf.cast
        x = Input(SHAPE, dtype=stored(dtype), name="x")
        a, sample = typed(x, dtype), cast(np.ones((3, *SHAPE)), dtype)
        return Model(x, [f(a) for f in functions.values() if works(f, sample)])

    return build


def sorted_by_keras3():
    x, n = Input((3, 4), name="x"), Input((2, 3, 5), dtype="int32", name="n")
    return Model(
        [x, n],
        [
            *(ops.sort(x, axis=axis) for axis in (0, 1, -1, None)),
            *(ops.argsort(x, axis=axis) for axis in (0, -2, None)),
            ops.argsort(n, axis=2),
            ops.argsort(n, axis=1),
            ops.sort(n[:, :, :0], axis=-1),
            *ops.top_k(n, 3),
            *ops.top_k(x, 1, sorted=False),
            ops.top_k(x, 4)[1],
            ops.top_k(x, 0)[0],
            *(ops.argpartition(n[:, 0, 0, 0], k) for k in (0, 1, 7)),
            *(ops.argpartition(n[:, 0, 0], k) for k in (0, 2)),
            *(ops.argpartition(n, k, axis=None) for k in (0, 11)),
            ops.argpartition(n[:, 0], 1, axis=-1),
            ops.argpartition(n[:, 0], 2, axis=-1),
            ops.argpartition(x[:, 0] * 3, 0, axis=0),
            ops.sparsemax(x),
            ops.sparsemax(x * 2, axis=1),
            ops.in_top_k(n[:, 0, 0, 0] % 4, x[:, 0], 2),
            ops.searchsorted(ops.sort(x[0, 0]), x[:, 1, 0], side="right"),
        ],
    )


def sorted_by_tensorflow():
    x, n = Input((3, 4), name="x"), Input((2, 3, 5), dtype="int32", name="n")
    return Model(
        [x, n],
        [
            *(tf.sort(x, axis=axis, direction=way) for axis in (0, 1) for way in ("ASCENDING", "DESCENDING")),
            tf.argsort(n, axis=2, direction="DESCENDING"),
            tf.argsort(n, axis=-2, stable=True),
            *tf.math.top_k(n, k=3),
            *tf.math.top_k(x),
            tf.math.top_k(n, 2, index_type=tf.int64).indices,
            tf.math.in_top_k(n[:, 0, 0, 0] % 4, x[:, 0], 2),
            tf.nn.in_top_k(n[:, 0, 0, 0] - 1, x[:, 1], 1),
            tf.searchsorted(tf.sort(n), n[:, :, :, :2], side="right", out_type=tf.int64),
            tf.searchsorted(tf.sort(x[:, 0]), x[:, 1]),
        ],
    )


def feed_ties(random):
    """Few different values, so that many are equal; zeros of both signs."""
    x = random.integers(-3, 4, (4, 3, 4)).astype("float32") * 0.5
    x[x == 0] = random.choice([0.0, -0.0], int((x == 0).sum()))
    return [x, random.integers(-2, 3, (4, 2, 3, 5)).astype("int32")]


def quantiles():
    x, q = Input((3, 4), name="x"), Input((2,), name="q")
    axes = (None, 1, -1, (1, 2), (2, 1), (0, 1, 2), (0,))
    methods = ("linear", "lower", "higher", "midpoint", "nearest")
    return Model(
        [x, q],
        [
            *(ops.median(x, axis=axis, keepdims=keep) for axis in axes for keep in (False, True)),
            *(ops.quantile(x, [0.1, 0.75, 1.0], axis=axis, keepdims=keep) for axis in axes for keep in (False, True)),
            *(ops.quantile(x, 0.35, axis=1, method=method) for method in methods),
            *(ops.percentile(x, 40, axis=2, method=method) for method in methods),
            *(ops.percentile(x, [[0, 12.5], [50, 100]], axis=1, method=method, keepdims=True) for method in methods),
            ops.percentile(x, [25.0, 75.0]),
            ops.quantile(x, ops.sigmoid(q[0]), axis=-1),
            ops.quantile(x, ops.sigmoid(q), axis=(1, 2)),
            ops.percentile(x, ops.sigmoid(q) * 100, axis=1, method="midpoint"),
            *(ops.nanmedian(x, keepdims=keep) for keep in (False, True)),
            *(ops.nanquantile(x, 0.3, method=method) for method in methods),
            ops.nanpercentile(x, [10, 60], keepdims=True),
        ],
    )


def feed_quantiles(random):
    return [random.normal(size=(3, 3, 4)).astype("float32"), random.normal(size=(3, 2)).astype("float32")]


def feed_some_nan(random):
    x, q = feed_quantiles(random)
    x[random.random(x.shape) < 0.2] = NAN
    x[2] = np.abs(x[0, 0])
    return [x, q]


def quantiles_beside_nan():
    """Keras computes these eagerly; model.predict fails, because it makes a TensorFlow graph."""
    x, q = Input((3, 4), name="x"), Input((2,), name="q")
    axes = (1, -1, (1, 2), (2, 0), (0,))
    methods = ("linear", "lower", "higher", "midpoint", "nearest")
    return Model(
        [x, q],
        [
            *(ops.nanmedian(x, axis=axis, keepdims=keep) for axis in axes for keep in (False, True)),
            *(ops.nanquantile(x, [0.1, 0.75], axis=axis, keepdims=keep) for axis in axes for keep in (False, True)),
            *(ops.nanpercentile(x, 40, axis=2, method=method) for method in methods),
            ops.nanquantile(x, ops.sigmoid(q[0]), axis=1),
        ],
    )


def distinct():
    n, x = Input((2, 3), dtype="int32", name="n"), Input((4,), name="x")
    everything = {"return_index": True, "return_inverse": True, "return_counts": True}
    return Model(
        [n, x],
        [
            *ops.unique(n, size=9, fill_value=7, **everything),
            *ops.unique(n, size=2, **everything),
            *ops.unique(n, size=4, sorted=False, **everything),
            *ops.unique(n, axis=2, size=4, **everything),
            *ops.unique(n, axis=1, size=1, **everything),
            *ops.unique(n, axis=0, size=6, sorted=False, fill_value=-1, **everything),
            ops.unique(x, size=30, fill_value=2.5),
            ops.unique(ops.cast(x * 2, "int8"), size=0),
        ],
    )


def feed_distinct(random):
    n = random.integers(0, 3, (5, 2, 3)).astype("int32")
    n[3] = n[1]
    return [n, random.integers(-2, 3, (5, 4)).astype("float32") * 0.5]


def distinct_by_data():
    n = Input((2, 3), dtype="int32", name="n")
    everything = {"return_index": True, "return_inverse": True, "return_counts": True}
    return Model(n, [*ops.unique(n, **everything), *ops.unique(n, axis=0, sorted=False, **everything)])


def distinct_by_tensorflow():
    n = Input((6,), dtype="int32", name="n")
    values, places = tf.unique(n[:, 0])
    again, indices, counts = tf.unique_with_counts(tf.reshape(n, (-1,)), out_idx=tf.int64)
    return Model(n, [values, places, again, indices, counts])


def feed_few(random):
    return [random.integers(0, 4, (5, 6)).astype("int32")]


def nonzero():
    x = Input((2, 3), name="x")
    if KERAS == 3:
        return Model(x, [*ops.nonzero(x), *ops.nonzero(x[:, 0, 0] > 0)])
    where = tf.where(x[:, :, 0] > 0)
    return Model(
        x,
        [
            tf.where(x),
            where,
            tf.boolean_mask(x, x[:, 0, 0] > 0),
            tf.boolean_mask(x, x[:, :, 1] > 0),
            tf.boolean_mask(x, x[0, :, 0] > 0, axis=1),
            tf.reduce_sum(tf.gather(x, where[:, 0]), axis=0),
        ],
    )


def feed_zeros(random):
    return [random.integers(-1, 2, (3, 2, 3)).astype("float32")]


def cumulative():
    x, n = Input((3, 4), name="x"), Input((5,), dtype="int8", name="n")
    if KERAS == 3:
        names = "cumsum cumprod nancumsum nancumprod".split()
        of_x = [getattr(ops, name)(x, axis=axis) for name in names for axis in (None, 0, 1, -1)]
        of_n = [getattr(ops, name)(n, axis=1) for name in names]
        typed = [ops.cumsum(n, axis=1, dtype="int32"), ops.nancumprod(n, axis=1, dtype="float64")]
        typed += [ops.cumsum(ops.clip(ops.nan_to_num(x), -9, 9) * 3, axis=1, dtype="int32")]
        return Model([x, n], [*of_x, *of_n, *typed, ops.cumsum(x[:, :0], axis=1)])
    functions = (tf.cumsum, tf.math.cumprod, tf.math.cumulative_logsumexp)
    flags = [(exclusive, reverse) for exclusive in (False, True) for reverse in (False, True)]
    of_x = [f(x, axis=a, exclusive=e, reverse=r) for f in functions for a in (0, 1, -1) for e, r in flags]
    return Model([x, n], [*of_x, tf.cumsum(n, 1), tf.math.cumprod(n, axis=1), tf.cumsum(x[:, :0], axis=1)])


def feed_cumulative(random):
    x = random.normal(size=(3, 3, 4)).astype("float32")
    x[1, 1, 1:3] = NAN, -INFINITE
    x[2, 0, 0] = INFINITE
    return [x, random.integers(-9, 9, (3, 5)).astype("int8")]


def feed_plain_cumulative(random):
    return [random.normal(size=(3, 3, 4)).astype("float32"), random.integers(-9, 9, (3, 5)).astype("int8")]


def decoded():
    x, lengths = Input((7, 4), name="x"), Input((), dtype="int32", name="lengths")
    return Model(
        [x, lengths],
        [
            *ops.ctc_decode(x, lengths),
            *ops.ctc_decode(x, lengths, merge_repeated=False, mask_index=2),
            *ops.ctc_decode(ops.round(x), lengths, mask_index=-1),
            *ops.ctc_decode(ops.cast(x, "float16"), lengths, mask_index=3),
        ],
    )


def feed_decoded(random):
    return [random.normal(size=(5, 7, 4)).astype("float32"), np.array([7, 0, 3, 5, 7], "int32")]


def loss_of_transcripts():
    labels, x = Input((4,), dtype="int32", name="labels"), Input((9, 6), name="x")
    many, steps = Input((), dtype="int32", name="many"), Input((), dtype="int32", name="steps")
    return Model(
        [labels, x, many, steps],
        [
            ops.ctc_loss(labels, x, many, steps),
            ops.ctc_loss(labels - 1, x, many, steps, mask_index=5),
            ops.ctc_loss(labels - 1, ops.cast(x, "float16"), many, steps, mask_index=-1),
            ops.ctc_loss(labels[:, :1], x, ops.minimum(many, 1), steps),
        ],
    )


def feed_transcripts(random):
    labels = random.integers(1, 6, (5, 4)).astype("int32")
    labels[1] = [3, 3, 2, 2]
    x = random.normal(size=(5, 9, 6)).astype("float32")
    return [labels, x, np.array([4, 4, 2, 0, 3], "int32"), np.array([9, 6, 5, 3, 2], "int32")]


def feed_long_rows(random):
    return [random.integers(-99, 100, (2, 5003)).astype("float32")]


def long_rows():
    x = Input((None,), name="x")
    if KERAS == 3:
        return Model(x, [ops.argsort(x)[:, ::97], ops.top_k(x, 9)[1], ops.cumsum(x, axis=1)[:, ::97]])
    return Model(x, [tf.argsort(x)[:, ::97], tf.math.top_k(x, 9)[1], tf.cumsum(x, axis=1)[:, ::97]])


def cases(add):
    """A tolerance for each case, because inputs moved by one unit in the last place change the order of equal values."""
    plain = {"float64": False, "same_rows": True, "coarse": True}
    exact = {"atol": 1e-6, **plain}
    for dtype in DTYPES:
        tolerance = TOLERANCES.get(dtype, {"atol": 1e-5})
        feed = (lambda d: lambda random: feed_two(d)(random)[:1])(dtype)
        keras = (3,) if dtype == "bool" else (2, 3)  # TensorFlow does not sort booleans
        add(f"ordering_{dtype}", dtype_model(dtype), keras=keras, feed=feed, **plain, **tolerance)
    add("ordering_sorted", sorted_by_keras3, keras=(3,), feed=feed_ties, **exact)
    add("ordering_sorted", sorted_by_tensorflow, keras=(2,), feed=feed_ties, **exact)
    add("ordering_quantiles", quantiles, keras=(3,), feed=feed_quantiles, **exact)
    add("ordering_quantiles_nan", quantiles, keras=(3,), feed=feed_some_nan, **exact)
    add("ordering_nan_quantiles", quantiles_beside_nan, keras=(3,), feed=feed_some_nan, **exact)
    add("ordering_unique_size", distinct, keras=(3,), feed=feed_distinct, **exact)
    add("ordering_unique", distinct_by_data, keras=(3,), feed=lambda random: feed_distinct(random)[:1], **exact)
    add("ordering_unique", distinct_by_tensorflow, keras=(2,), feed=feed_few, **exact)
    add("ordering_nonzero", nonzero, feed=feed_zeros, **exact)
    add("ordering_cumulative", cumulative, feed=feed_plain_cumulative, atol=1e-5, **plain)
    add("ordering_cumulative_nan", cumulative, feed=feed_cumulative, atol=1e-5, **plain)
    add("ordering_long", long_rows, feed=feed_long_rows, **exact)
    add("ordering_ctc_decode", decoded, keras=(3,), feed=feed_decoded, atol=1e-5, **plain)
    add("ordering_ctc_loss", loss_of_transcripts, keras=(3,), feed=feed_transcripts, atol=1e-4, **plain)
