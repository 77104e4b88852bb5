"""Bits and divisors of integers, and special functions, in every dtype in which each Keras computes them."""

import numpy as np

from generate.building import KERAS, Input, Model, keras
from generate.operations import DTYPES, TOLERANCES, stored, typed, works
from generate.oracle import tf

ops = getattr(keras, "ops", None)
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
SHAPE = (6,)


def of_bits():
    """{name: function of two tensors}."""
    names = "bitwise_and bitwise_or bitwise_xor left_shift right_shift"
    if KERAS == 2:
        return {name: getattr(tf.bitwise, name) for name in names.split()}
    names += " bitwise_left_shift bitwise_right_shift gcd lcm"
    return {name: getattr(ops, name) for name in names.split()}


def bits_model(dtype):
    def build():
        x, y = Input(SHAPE, dtype=dtype, name="x"), Input(SHAPE, dtype=dtype, name="y")
        outputs = [f(x, y) for name, f in of_bits().items() if not (dtype == "uint64" and name in ("gcd", "lcm"))]
        if KERAS == 2:
            return Model([x, y], [*outputs, tf.bitwise.invert(x)])
        outputs += [ops.bitwise_not(x), ops.bitwise_invert(y), ops.left_shift(x, 1), ops.right_shift(x, 3)]
        outputs += [ops.bitwise_and(x, y[:1, :]), ops.signbit(x)]
        return Model([x, y], outputs)

    return build


def feed_bits(dtype):
    """Extremes of the dtype, numbers above 2^53, shifts beyond the width."""
    info = np.iinfo(dtype)

    def feed(random):
        x = random.integers(info.min, info.max, (3, *SHAPE), dtype=dtype, endpoint=True)
        y = random.integers(0, 9, (3, *SHAPE)).astype(dtype)
        x[0, :2], x[1, 0], y[0, :4] = (info.max, info.max - 1), info.min + 1, (1, info.bits - 1, 0, 100)
        if info.min < 0:
            y[1, 0] = -3
        return [x, y]

    return feed


def mixed():
    kinds = ("int8", "uint8", "int32", "int64")
    a, b, c, d = inputs = [Input(SHAPE, dtype=kind, name=kind) for kind in kinds]
    outputs = [f(x, y) for f in of_bits().values() for x, y in ((a, b), (b, c), (a, d))]
    outputs += [ops.bitwise_and(a, np.array([300], "int32")), ops.gcd(c, np.array([12], "int64")), ops.bitwise_or(c, np.arange(6, dtype="uint8"))]
    return Model(inputs, outputs)


def feed_mixed(random):
    return [random.integers(0, 60, (3, *SHAPE)).astype(kind) for kind in ("int8", "uint8", "int32", "int64")]


def functions():
    if KERAS == 3:
        return {name: getattr(ops, name) for name in ("erfinv", "i0", "signbit")}
    names = "erfinv lgamma digamma bessel_i0 bessel_i0e bessel_i1 bessel_i1e rint reciprocal_no_nan"
    return {name: getattr(tf.math, name) for name in names.split()}


def pairs():
    if KERAS == 3:
        return {"nextafter": ops.nextafter}
    names = "nextafter xlogy xlog1py xdivy multiply_no_nan"
    return {name: getattr(tf.math, name) for name in names.split()}


def special_model(dtype):
    def build():
        x, y = Input(SHAPE, dtype=stored(dtype), name="x"), Input(SHAPE, dtype=stored(dtype), name="y")
        a, b = typed(x, dtype), typed(y, dtype)
        wide = a * 20 if "float" in dtype else a
        sample = tf.cast(np.full((3, *SHAPE), 0.5), dtype)
        outputs = [f(wide if "i0" in n or "gamma" in n or "i1" in n else a) for n, f in functions().items() if works(f, sample)]
        outputs += [f(a, b) for f in pairs().values() if works(f, sample, sample)]
        return Model([x, y], outputs)

    return build


def feed_special(dtype):
    def feed(random):
        if dtype == "bool" or "int" in dtype:
            return [random.integers(0, 2 if dtype == "bool" else 9, (3, *SHAPE)).astype(dtype) for _ in range(2)]
        x, y = random.uniform(-1, 1, (2, 3, *SHAPE)).astype(stored(dtype))
        x[0, :3], y[0, :3], y[1] = (0, -0.0, 0), (0, 0.5, np.inf), np.abs(y[1])
        x[2, 0], y[2, 1] = 0.999, 0
        return [x, y]

    return feed


def extremes():
    """Infinities, NaN and the ends of each function's range."""
    x = Input((8,), name="x")
    outputs = [f(x) for f in functions().values()]
    return Model(x, [*outputs, ops.nextafter(x, 0.0)] if KERAS == 3 else outputs)


def feed_extremes(random):
    numbers = [0, -0.0, 1, -1, 2, -2, -1.5, 100, -100, 1e-30, np.inf, -np.inf, np.nan, 0.5, 30, -30.5]
    return np.array(numbers, "float32").reshape(2, 8)


def cases(add):
    plain = {"float64": False, "same_rows": True, "coarse": True}
    for dtype in INTEGERS:
        add(f"bits_{dtype}", bits_model(dtype), feed=feed_bits(dtype), **plain)
    add("bits_mixed", mixed, feed=feed_mixed, keras=(3,), **plain)
    for dtype in DTYPES:
        if KERAS == 2 and dtype not in ("float16", "float32", "float64"):
            continue
        add(f"special_{dtype}", special_model(dtype), feed=feed_special(dtype), **plain, **TOLERANCES.get(dtype, {"atol": 1e-5}))
    add("special_extremes", extremes, feed=feed_extremes, **plain, atol=1e-5)
