"""Rows written to the places that other tensors state: scatter, segments, counts of numbers."""

import numpy as np

from generate.building import KERAS, Input, Model, keras
from generate.operations import DTYPES, TOLERANCES, stored, typed, works
from generate.oracle import tf

ops = getattr(keras, "ops", None)


def scattered(dtype):
    """Equal places among the rows; their order decides which row remains and how sums are rounded."""

    def build():
        base = Input((2,), dtype=stored(dtype), name="base")
        places = Input((1,), dtype="int32", name="places")
        rows = Input((2,), dtype=stored(dtype), name="rows")
        a, b = typed(base, dtype), typed(rows, dtype)
        if KERAS == 3:
            combine = [lambda how=how: ops.scatter_update(a, places, b, reduction=how) for how in (None, "add", "max", "min", "mul")]
            combine.append(lambda: ops.scatter(places, b, (4, 2)))
            real = [lambda s, how=how: ops.scatter_update(s, [[0]], s[:1], reduction=how) for how in (None, "add", "max", "min", "mul")]
            real.append(lambda s: ops.scatter([[0]], s[:1], (4, 2)))
        else:
            names = [f"tensor_scatter_nd_{name}" for name in ("update", "add", "sub", "max", "min")]
            combine = [lambda name=name: getattr(tf, name)(a, places, b) for name in names]
            combine.append(lambda: tf.scatter_nd(places, b, (4, 2)))
            real = [lambda s, name=name: getattr(tf, name)(s, [[0]], s[:1]) for name in names]
            real.append(lambda s: tf.scatter_nd([[0]], s[:1], (4, 2)))
        sample = tf.cast(np.ones((4, 2)), dtype)
        return Model([base, places, rows], [f() for f, g in zip(combine, real) if works(g, sample)])

    return build


def feed_scattered(dtype):
    def feed(random):
        if dtype == "bool":
            base, rows = random.integers(0, 2, (7, 2)), random.integers(0, 2, (7, 2))
        elif "int" in dtype:
            base, rows = random.integers(0, 90, (7, 2)), random.integers(0, 90, (7, 2))
        else:
            base, rows = random.uniform(-2, 2, (7, 2)), random.uniform(-2, 2, (7, 2))
        places = np.array([[2], [0], [2], [2], [0], [3], [2]], "int32")
        return [base.astype(stored(dtype)), places, rows.astype(stored(dtype))]

    return feed


def places():
    """Places of several numbers, rows of several axes, constants, NaN."""
    x = Input(batch_shape=(5, 4, 2), name="x")
    ids = Input(batch_shape=(5, 2), dtype="int64", name="ids")
    rows = Input(batch_shape=(5, 2), name="rows")
    numbers = np.array([[[0, 1, 1], [2, 3, 0]]])
    put = ops.scatter_update if KERAS == 3 else tf.tensor_scatter_nd_update
    largest = (lambda *a: ops.scatter_update(*a, reduction="max")) if KERAS == 3 else tf.tensor_scatter_nd_max
    scatter = ops.scatter if KERAS == 3 else tf.scatter_nd
    return Model(
        [x, ids, rows],
        [
            put(x, ids, rows),
            largest(x, ids, rows),
            scatter(ids, rows, (3, 4, 2)),
            put(x, numbers, np.array([[8.0, 9.0]], "float32")),
            put(x[:, :, 0], [[1]], rows[:1, :1] * np.ones((1, 4), "float32")),
        ],
    )


def feed_places(random):
    x, rows = random.normal(size=(5, 4, 2)).astype("float32"), random.normal(size=(5, 2)).astype("float32")
    x[0, 0, 0], x[1, 2, 1], rows[1, 0], rows[4, 1] = np.nan, np.inf, np.nan, -np.inf
    return [x, np.array([[0, 0], [2, 3], [1, 2], [2, 3], [2, 3]], "int64"), rows]


def segments(dtype):
    def build():
        x, ids = Input((2, 2), dtype=stored(dtype), name="x"), Input((), dtype="int32", name="ids")
        a = typed(x, dtype)
        sample = tf.cast(np.ones((3, 2, 2)), dtype)
        names = ("sum", "max", "min", "prod")
        if KERAS == 3:
            functions = [lambda x, i, f=f: getattr(ops, "segment_" + f)(x, i, num_segments=5) for f in names]
        else:
            more = ("mean", "sqrt_n") if "float" in dtype else ()
            functions = [lambda x, i, f=f: getattr(tf.math, "unsorted_segment_" + f)(x, i, 5) for f in (*names, *more)]
        return Model([x, ids], [f(a, ids) for f in functions if works(f, sample, np.array([0, 1, 1], "int32"))])

    return build


def feed_segments(dtype):
    def feed(random):
        x = random.integers(0, 9, (6, 2, 2)) if "int" in dtype else random.uniform(-2, 2, (6, 2, 2))
        return [x.astype(stored(dtype)), np.array([3, 0, 3, -1, 3, 2], "int32")]

    return feed


def sorted_segments():
    """The ids determine the number of results."""
    x, ids = Input((2,), name="x"), Input((), dtype="int64", name="ids")
    if KERAS == 3:
        names = [getattr(ops, "segment_" + f) for f in ("sum", "max", "min", "prod")]
        return Model([x, ids], [f(x, ids, sorted=True) for f in names])
    names = [getattr(tf.math, "segment_" + f) for f in ("sum", "max", "min", "prod", "mean")]
    return Model([x, ids], [f(x, ids) for f in names])


def feed_sorted(random):
    x = random.normal(size=(6, 2)).astype("float32")
    x[1, 0], x[2, 1] = np.nan, -np.inf
    return [x, np.array([0, 0, 2, 2, 2, 4], "int64")]


def counted_segments():
    x, ids = Input((2,), name="x"), Input((), dtype="int32", name="ids")
    return Model([x, ids], [getattr(ops, "segment_" + f)(x, ids) for f in ("sum", "max", "min", "prod")])


def feed_counted(random):
    return [random.normal(size=(5, 2)).astype("float32"), np.array([1, 0, 1, 2, 0], "int32")]


def unsorted_grid():
    """Ids of two axes."""
    x, ids = Input((3, 2), name="x"), Input((3,), dtype="int32", name="ids")
    return Model([x, ids], [tf.math.unsorted_segment_sum(x, ids, 4), tf.math.unsorted_segment_max(x, ids, num_segments=2)])


def feed_grid(random):
    return [random.normal(size=(2, 3, 2)).astype("float32"), np.array([[0, 1, -1], [1, 1, 0]], "int32")]


def counts():
    x, y, z = Input((), dtype="int32", name="x"), Input((4,), dtype="int64", name="y"), Input((4,), dtype="uint8", name="z")
    if KERAS == 3:
        weights = [0.5, 1.0, 0.25, 2.0, -1.5]
        return Model(
            [x, y, z],
            [
                ops.bincount(x),
                ops.bincount(x, minlength=9),
                ops.bincount(x, weights=weights, minlength=2),
                ops.bincount(y, minlength=3),
                ops.bincount(z, minlength=1),
                ops.bincount(x, weights=[1, 2, 3, 4, 5]),
            ],
        )
    weights = tf.cast(x, "float32") * 0.5
    return Model(
        [x, y, z],
        [
            tf.math.bincount(x),
            tf.math.bincount(x, minlength=9, dtype="int64"),
            tf.math.bincount(x, weights=weights, maxlength=3),
            tf.math.bincount(y, axis=-1, minlength=3),
            tf.math.bincount(y, binary_output=True),
            tf.math.bincount(tf.cast(z, "int32"), maxlength=2, dtype="float32"),
        ],
    )


def feed_counts(random):
    x, y = np.array([4, 1, 1, 0, 1], "int32"), random.integers(0, 5, (5, 4)).astype("int64")
    return [x, y, random.integers(0, 4, (5, 4)).astype("uint8")]


def cases(add):
    plain = {"float64": False, "same_rows": True, "coarse": True}
    for dtype in (*DTYPES, "uint32", "uint64"):
        tolerance = TOLERANCES.get(dtype, {"atol": 1e-5})
        add(f"scatter_{dtype}", scattered(dtype), feed=feed_scattered(dtype), **plain, **tolerance)
        if dtype != "bool":
            add(f"segments_{dtype}", segments(dtype), feed=feed_segments(dtype), **plain, **tolerance)
    add("scatter_places", places, feed=feed_places, **plain, atol=1e-5)
    add("segments_sorted", sorted_segments, feed=feed_sorted, **plain, atol=1e-5)
    add("segments_counted", counted_segments, feed=feed_counted, keras=(3,), **plain, atol=1e-5)
    add("segments_grid", unsorted_grid, feed=feed_grid, keras=(2,), **plain, atol=1e-5)
    add("counts", counts, feed=feed_counts, **plain, atol=1e-5)
