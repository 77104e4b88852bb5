"""keras.ops beyond arithmetic: rearranging, products over axes, reductions without NaN, normalisations, losses.
Operations of Keras 3 only: no earlier Keras has them.
"""

import numpy as np

from generate.building import Input, Model, keras
from generate.operations import DTYPES, SHAPE, TOLERANCES, feed_two, stored, typed, works

ops = getattr(keras, "ops", None)
NAN, INFINITE = float("nan"), float("inf")


def functions():
    names = """
        cbrt deg2rad rad2deg exp2 fabs sinc real conj conjugate imag angle isreal isposinf isneginf nan_to_num
        nansum nanprod nanmax nanmin nanmean nanvar nanstd count_nonzero ptp average ravel trace tril triu diff
        glu hard_shrink soft_shrink tanh_shrink hard_tanh squareplus sparse_plus sparse_sigmoid layer_normalization
        rms_normalization normalize flipud fliplr vander
    """
    found = {name: getattr(ops, name) for name in names.split()}
    found["diff"] = lambda x: ops.diff(x, axis=1)
    found["trace"] = lambda x: ops.trace(x, axis1=1, axis2=2)
    found["glu"] = lambda x: ops.glu(x, axis=1)
    found["vander"] = lambda x: ops.vander(ops.ravel(x), N=3)
    return found


def pairs():
    names = """
        heaviside hypot fmax fmin logaddexp logaddexp2 isclose kron outer inner vdot append ldexp
    """
    found = {name: getattr(ops, name) for name in names.split()}
    found["tensordot"] = lambda x, y: ops.tensordot(x, y, axes=((1, 2), (1, 2)))
    found["dot"] = lambda x, y: ops.dot(x, ops.swapaxes(y, 1, 2))
    found["trapezoid"] = lambda x, y: ops.trapezoid(x * y, dx=0.5, axis=1)
    found["psnr"] = lambda x, y: ops.psnr(x, y, 2.0)
    return found


def left_out(dtype, name):
    """Keras fails on products of booleans; 16-bit logarithms lose their digits by cancellation."""
    return (dtype, name) == ("bool", "trapezoid") or ("16" in dtype and name == "psnr")


def dtype_model(dtype):
    def build():
        x, p = Input(SHAPE, dtype=stored(dtype), name="x"), Input(SHAPE, dtype=stored(dtype), name="p")
        a, b = typed(x, dtype), typed(p, dtype)
        sample = ops.cast(np.ones((3, *SHAPE)), dtype)
        outputs = [f(a) for f in functions().values() if works(f, sample)]
        outputs += [f(a, b) for n, f in pairs().items() if works(f, sample, sample) and not left_out(dtype, n)]
        return Model([x, p], outputs)

    return build


def rearranged():
    x, y = Input((4, 6), name="x"), Input((4, 6), name="y")
    return Model(
        [x, y],
        [
            ops.append(x, y, axis=-1),
            ops.append(x, y),
            ops.vstack([x, y]),
            ops.hstack([x, y[:, :2]]),
            ops.dstack([x, y]),
            ops.dstack([x[:, 0], y[:, 0]]),
            *ops.array_split(x, 4, axis=2),
            *ops.hsplit(x, 2),
            *ops.hsplit(x, [1, 3]),
            *ops.dsplit(x, [2]),
            *ops.vsplit(x, [1]),
            ops.moveaxis(x, 1, -1),
            ops.moveaxis(x, (0, 2), (1, 0)),
            ops.roll(x, 2, axis=1),
            ops.roll(x, (-1, 9), axis=(1, 2)),
            ops.roll(x, 5),
            ops.rot90(x, axes=(1, 2)),
            ops.rot90(x, k=2, axes=(2, 1)),
            ops.rot90(x, k=-1, axes=(1, 2)),
            ops.rot90(x),
            *ops.meshgrid(x[:, 0, 0], y[0, 0, :2], y[0, 1, :3]),
            *ops.meshgrid(x[0, 0], y[0, :, 1], indexing="ij"),
            ops.full_like(x, 2.5),
            ops.take_along_axis(x, ops.cast(y * 2, "int32"), axis=2),
            ops.take_along_axis(x, ops.cast(y[:, :1] * 2, "int32"), axis=1),
            ops.take_along_axis(x, ops.cast(y[:1, :, :3] * 2, "int32"), axis=-1),
            ops.take_along_axis(x, np.array([0, -1, 7])),
        ],
    )


def feed_rearranged(random):
    return [random.normal(size=(3, 4, 6)).astype("float32"), random.uniform(-1.9, 1.9, (3, 4, 6)).astype("float32")]


def diagonals():
    x = Input((4, 4), name="x")
    row = x[:, 0, 0]
    return Model(
        x,
        [
            ops.tril(x, k=1),
            ops.tril(x, k=-1),
            ops.triu(x, k=1),
            ops.triu(x, k=-2),
            ops.tril(x[:, 0]),
            ops.diagonal(x, axis1=1, axis2=2),
            ops.diagonal(x, offset=1, axis1=1, axis2=2),
            ops.diagonal(x, offset=-2, axis1=2, axis2=1),
            ops.diagonal(x, axis1=0, axis2=1),
            ops.diagonal(x, offset=-1, axis1=0, axis2=-1),
            ops.trace(x, offset=1, axis1=1, axis2=2),
            ops.diag(row),
            ops.diag(row, k=2),
            ops.diag(row, k=-1),
            ops.diag(x[:, 1]),
            ops.diag(x[:, 1], k=1),
            ops.diagflat(x[:, 0, :2]),
            ops.diagflat(x[0, 0], k=-1),
        ],
    )


def products():
    x, y, v = Input((3, 4), name="x"), Input((4, 3), name="y"), Input((2, 3), name="v")
    weights = np.array([0.5, 2.0, 1.0], "float32")
    return Model(
        [x, y, v],
        [
            ops.dot(x, y),
            ops.dot(x, y[0, :, 0]),
            ops.dot(x, 2.5),
            ops.inner(x[:, 0], y[:, :, 0]),
            ops.vdot(x, y),
            ops.outer(x[:, 0, 0], y[0, 0]),
            ops.tensordot(x, y[0], axes=1),
            ops.tensordot(x, y, axes=((2,), (1,))),
            ops.tensordot(x, y, axes=((1, -1), (2, 1))),
            ops.tensordot(x[0, 0], y[0, 0], axes=0),
            ops.kron(x[:, :2, :2], y[0]),
            ops.cross(v, x[:, :2, :3]),
            ops.cross(v, x[:, :2, :3], axisa=-1, axisb=-1, axisc=1),
            ops.cross(ops.swapaxes(v, 1, 2), ops.swapaxes(x[:, :2, :3], 1, 2), axis=1),
            ops.cross(v[:, :, :2], x[:, :2, :2]),
            ops.cross(v[:, :, :2], x[:, :2, :3]),
            ops.diff(x),
            ops.diff(x, n=2, axis=-1),
            ops.diff(x, n=0),
            ops.diff(x > 0, axis=2),
            ops.trapezoid(x),
            ops.trapezoid(x, dx=0.5, axis=1),
            ops.trapezoid(x, x=[0.0, 0.5, 2.0, 2.25]),
            ops.vander(x[0, 0]),
            ops.vander(x[0, 0], N=3, increasing=True),
            ops.average(x, axis=1),
            ops.average(x, axis=1, weights=weights),
            ops.average(x, axis=2, weights=x * x + 1),
            ops.average(v, weights=v * v + 1),
            ops.count_nonzero(ops.relu(x), axis=2),
            ops.ptp(x, axis=1, keepdims=True),
        ],
    )


def with_gaps():
    """NaN, infinities and zeros of both signs among the numbers."""
    x, y = Input((3, 5), name="x"), Input((3, 5), name="y")
    return Model(
        [x, y],
        [
            *[f(x, axis=2) for f in (ops.nansum, ops.nanprod, ops.nanmax, ops.nanmin, ops.nanmean)],
            *[f(x[:, :2], axis=(1, 2), keepdims=True) for f in (ops.nanvar, ops.nanstd, ops.nanmean)],
            ops.nansum(x),
            ops.nanmax(x),
            ops.fmax(x, y),
            ops.fmin(x, y),
            ops.fmax(x, 0.5),
            ops.nan_to_num(x, nan=1.5, posinf=7.0, neginf=-8.0),
            ops.isclose(x, y, rtol=0.5, atol=0.5),
            ops.isclose(x, x, equal_nan=True),
            ops.isclose(x, x),
            ops.isposinf(x),
            ops.isneginf(y),
            ops.isreal(x),
            ops.logaddexp(y, y),
            ops.logaddexp2(y, x),
            ops.heaviside(y, np.array([0.5], "float32")),
            ops.hypot(y, y),
            ops.sinc(y),
            ops.count_nonzero(x),
        ],
    )


def feed_gaps(random):
    x, y = random.normal(size=(2, 3, 3, 5)).astype("float32")
    x[:, 0, 1], x[0, 1], y[:, 1, 0] = NAN, NAN, NAN
    y[:, 0, :3], y[:, 2, 1], y[:, 2, 2] = 0, INFINITE, -INFINITE
    return [x, y]


def all_close():
    x, y = Input((3,), name="x"), Input((3,), name="y")
    outputs = [ops.allclose(x, x), ops.allclose(x, y), ops.allclose(x, y, rtol=9.0, atol=9.0)]
    return Model([x, y], outputs)


def normalised():
    x, mask = Input((3, 4, 6), name="x"), Input((1, 3, 3), dtype="bool", name="mask")
    g = np.linspace(0.5, 1.5, 6).astype("float32")
    plane = np.linspace(-1, 1, 24).astype("float32").reshape(4, 6)
    key = x * 0.5 + 0.25
    return Model(
        [x, mask],
        [
            ops.layer_normalization(x, g, g - 1, axis=-1, epsilon=1e-3),
            ops.layer_normalization(x, plane, plane, axis=(2, 3)),
            ops.layer_normalization(x, g[:4], g[:4], axis=2),
            ops.layer_normalization(x, g, rms_scaling=True),
            ops.rms_normalization(x, g, epsilon=1e-2),
            ops.rms_normalization(x, axis=(1, 3)),
            ops.batch_normalization(x, g, g * g, axis=-1, offset=g - 1, scale=g + 1, epsilon=1e-2),
            ops.batch_normalization(x, g[:3], g[:3] * 2, axis=1),
            ops.normalize(x),
            ops.normalize(x, axis=1, order=1),
            ops.normalize(x, axis=-2, order=3, epsilon=1e-3),
            ops.normalize(x * 0, axis=1),
            ops.dot_product_attention(x, key, x),
            ops.dot_product_attention(x, key, x, mask=mask, scale=0.25),
            ops.dot_product_attention(x, key, x, is_causal=True, bias=x[:, :1, :3, :3] * 0.1),
            ops.dot_product_attention(x, key[:, :, :2], x[:, :, :2], mask=mask, is_causal=True),
            ops.threshold(x, 0.5, -1.0),
            ops.glu(x),
            ops.squareplus(x, b=0.5),
            ops.soft_shrink(x, threshold=0.25),
            ops.hard_shrink(x, threshold=0.25),
        ],
    )


def feed_normalised(random):
    return [random.normal(size=(3, 3, 4, 6)).astype("float32"), random.integers(0, 2, (3, 1, 3, 3)) + np.eye(3) > 0]


def classes():
    ids, p, t = Input((3,), dtype="int32", name="ids"), Input((3, 4), name="p"), Input((3, 4), name="t")
    shares, gate = ops.softmax(p), ops.sigmoid(p)
    return Model(
        [ids, p, t],
        [
            ops.one_hot(ids, 4),
            ops.one_hot(ids, 3, axis=1, dtype="int32"),
            ops.one_hot(ids - 1, 3, axis=0, dtype="bool"),
            ops.multi_hot(ids, 4),
            ops.multi_hot(ids[:, 0], 4),
            ops.categorical_crossentropy(t, p, from_logits=True),
            ops.categorical_crossentropy(t, t),
            ops.categorical_crossentropy(t, shares),
            ops.categorical_crossentropy(ops.swapaxes(t, 1, 2), ops.swapaxes(t, 1, 2), axis=1),
            ops.sparse_categorical_crossentropy(ids, p, from_logits=True),
            ops.sparse_categorical_crossentropy(ids, t),
            ops.sparse_categorical_crossentropy(ops.expand_dims(ids, -1), shares),
            ops.binary_crossentropy(t, p, from_logits=True),
            ops.binary_crossentropy(t, t),
            ops.binary_crossentropy(t, gate),
        ],
    )


def losses_of_other_activations():
    """Every loss takes what was before a softmax or a sigmoid for its own logits, whichever of the two it was."""
    ids, p, t = Input((3,), dtype="int32", name="ids"), Input((3, 4), name="p"), Input((3, 4), name="t")
    shares, gate = ops.softmax(p), ops.sigmoid(p)
    return Model(
        [ids, p, t],
        [
            ops.binary_crossentropy(t, shares),
            ops.categorical_crossentropy(t, gate),
            ops.sparse_categorical_crossentropy(ids, gate),
            ops.binary_crossentropy(t, keras.layers.Activation("softmax")(p)),
            ops.binary_crossentropy(t, keras.layers.Dense(4, activation="softmax")(p)),
            ops.categorical_crossentropy(t, keras.layers.Softmax()(p)),
            ops.categorical_crossentropy(t, keras.layers.Dense(4, activation="sigmoid")(p)),
            ops.binary_crossentropy(t, ops.softmax(p * 0.05) * 0.9),
            ops.categorical_crossentropy(t, ops.sigmoid(p * 0.05) * 0.9),
        ],
    )


def feed_classes(random):
    t = random.uniform(0, 1, (3, 3, 4)).astype("float32")
    return [random.integers(0, 4, (3, 3)).astype("int32"), random.normal(0, 30, (3, 3, 4)).astype("float32"), t]


def selected():
    x, n, p, t = Input((4, 5), name="x"), Input((4, 5), dtype="int32", name="n"), Input((6,), name="p"), Input((), dtype="int32", name="t")
    return Model(
        [x, n, p, t],
        [
            *[f(x, axis=2) for f in (ops.argmax, ops.argmin, ops.nanargmax, ops.nanargmin)],
            *[f(n, axis=1, keepdims=True) for f in (ops.argmax, ops.argmin, ops.nanargmax)],
            ops.argmax(x),
            ops.argmin(n, keepdims=True),
            ops.argmax(n > 0, axis=1),
            *ops.unravel_index(n[:, 0], (2, 3, 2)),
            *ops.unravel_index(n + 4, (2, 5)),
            ops.digitize(x, np.array([-1.0, 0.0, 0.5], "float32")),
            ops.digitize(n, np.array([-1.5, 0, 2])),
            ops.searchsorted(np.array([-1.0, 0.0, 0.0, 0.5], "float32"), p[:, 0]),
            ops.searchsorted(np.array([-1, 0, 2], "int32"), t, side="right"),
            ops.isin(n, [0, 2, 9]),
            ops.isin(n, np.array([[1, -1]]), invert=True),
            ops.in_top_k(t, p, 2),
            ops.max(ops.extract_sequences(p, 3, 2), axis=1),
        ],
    )


def feed_selected(random):
    x = random.normal(size=(3, 4, 5)).astype("float32")
    x[0, 0], x[0, 1, 2], x[1, 0], x[1, 1, :2], x[2, 0] = NAN, NAN, [0, -0.0, 0, -0.0, 0], [INFINITE, NAN], -INFINITE
    n, t = random.integers(-3, 4, (3, 4, 5)).astype("int32"), np.array([0, 2, 5], "int32")
    return [x, n, random.normal(size=(3, 6)).astype("float32"), t]


def filled():
    x, y, v = Input((4, 6), name="x"), Input((2, 3), name="y"), Input((), name="v")
    orders = [ops.norm(x, ord=order, axis=2) for order in (None, 1, 2, 3, 0, INFINITE, -INFINITE)]
    orders += [ops.norm(x, ord=order, axis=(1, 2)) for order in (None, "fro", 1, -1, INFINITE, -INFINITE)]
    return Model(
        [x, y, v],
        [
            *orders,
            ops.norm(x, axis=(2, 1), keepdims=True, ord=1),
            ops.full_like(x, 2.5, dtype="int32"),
            ops.empty_like(x) * 0,
            ops.linspace(v, v + 2, num=5),
            ops.linspace(x[:, 0], y[:, :1, 0], num=4, endpoint=False, axis=-1),
            ops.linspace(v, 3.0, num=1),
            ops.logspace(v, v + 1, num=3, base=2),
            ops.slice(x, (0, 1, 2), (2, 3, 4)),
            ops.slice_update(x, (0, 1, 2), y),
            ops.slice_update(x, (1, 3, 5), y),
        ],
    )


def cases(add):
    plain = {"float64": False, "same_rows": True, "coarse": True, "keras": (3,)}
    for dtype in DTYPES:
        tolerance = TOLERANCES.get(dtype, {"atol": 1e-5})
        add(f"numpy_{dtype}", dtype_model(dtype), feed=feed_two(dtype), **plain, **tolerance)
    add("numpy_rearranged", rearranged, feed=feed_rearranged, **plain)
    add("numpy_diagonals", diagonals, **plain)
    add("numpy_products", products, **plain, atol=1e-5)
    add("numpy_with_gaps", with_gaps, feed=feed_gaps, **plain, atol=1e-5)
    add("numpy_all_close", all_close, **plain)
    add("numpy_normalised", normalised, feed=feed_normalised, **plain, atol=1e-5)
    add("numpy_classes", classes, feed=feed_classes, **plain, atol=1e-5)
    add("numpy_losses_of_other_activations", losses_of_other_activations, feed=feed_classes, **plain, atol=1e-5)
    add("numpy_selected", selected, feed=feed_selected, **plain, atol=1e-5)
    add("numpy_filled", filled, **plain, atol=1e-5)
