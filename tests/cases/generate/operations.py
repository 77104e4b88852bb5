"""Operations one by one: every dtype that each Keras computes them in, mixed dtypes, Python numbers, and all
their arguments.
"""

import itertools

import numpy as np

from generate.building import KERAS, Input, L, Model, keras
from generate.oracle import tf

ops = tf if KERAS == 2 else keras.ops
SHAPE = (2, 3)
DTYPES = ("bool", "uint8", "int8", "int32", "int64", "float16", "bfloat16", "float32", "float64")
COARSE = ("float16", "bfloat16")


def functions():
    """{name: function of one tensor}."""
    if KERAS == 3:
        names = """
            negative absolute sign floor ceil trunc square isfinite sin cos tan arctan sinh cosh tanh
            arcsinh exp expm1 erf erfc logical_not relu relu6 sigmoid silu selu softplus softsign
            log_sigmoid elu leaky_relu hard_sigmoid hard_silu gelu softmax log_softmax sum mean prod max min
            any all var std logsumexp zeros_like round
        """
        return {name: getattr(ops, name) for name in names.split()}
    math = """
        negative abs sign floor ceil round square is_finite sin cos tan atan sinh cosh tanh asinh exp expm1
        erf erfc logical_not sigmoid softplus softsign log_sigmoid reduce_sum reduce_mean reduce_prod
        reduce_max reduce_min reduce_any reduce_all reduce_variance reduce_std reduce_logsumexp
    """
    nn = "relu relu6 silu selu elu leaky_relu gelu softmax log_softmax l2_normalize"
    return {
        **{name: getattr(tf.math, name) for name in math.split()},
        **{name: getattr(tf.nn, name) for name in nn.split()},
    }


def of_positive():
    if KERAS == 3:
        return {name: getattr(ops, name) for name in "sqrt rsqrt reciprocal log log1p log2 log10".split()}
    return {name: getattr(tf.math, name) for name in "sqrt rsqrt reciprocal log log1p".split()}


def binaries():
    """{name: function of two tensors}."""
    if KERAS == 3:
        names = """
            add subtract multiply divide floor_divide mod power maximum minimum arctan2 equal less
            greater_equal logical_and
        """
        return {name: getattr(ops, name) for name in names.split()}
    names = """
        add subtract multiply truediv divide_no_nan floordiv floormod pow maximum minimum atan2 equal less
        greater_equal logical_and squared_difference
    """
    return {name: getattr(tf.math, name) for name in names.split()}


def works(function, *arguments):
    """Whether this Keras computes it; many functions exist for some dtypes only."""
    try:
        function(*arguments)
        return True
    except Exception:
        return False


def typed(x, dtype):
    """NumPy has no bfloat16, so such tensors are made inside the model."""
    return ops.cast(x, dtype) if dtype == "bfloat16" else x


def stored(dtype):
    return "float32" if dtype == "bfloat16" else dtype


def values(random, dtype, positive=False):
    if dtype == "bool":
        return random.integers(int(positive), 2, (3, *SHAPE)).astype(bool)
    if "int" in dtype:
        return random.integers(1 if positive else 0 if dtype == "uint8" else -4, 5, (3, *SHAPE)).astype(dtype)
    return random.uniform(1.0 if positive else -1.75, 2.0, (3, *SHAPE)).astype(stored(dtype))


def dtype_model(dtype):
    def build():
        x, p = Input(SHAPE, dtype=stored(dtype), name="x"), Input(SHAPE, dtype=stored(dtype), name="p")
        a, b = typed(x, dtype), typed(p, dtype)
        sample = ops.cast(np.ones((3, *SHAPE)), dtype)
        outputs = [f(a) for f in functions().values() if works(f, sample)]
        outputs += [f(b) for f in of_positive().values() if works(f, sample)]
        outputs += [f(b if "pow" in n else a, b) for n, f in binaries().items() if works(f, sample, sample)]
        return Model([x, p], outputs)

    return build


def feed_two(dtype):
    return lambda random: [values(random, dtype), values(random, dtype, positive=True)]


MIXED = ("bool", "uint8", "int8", "int32", "int64", "float16", "float32")


def mixed():
    """Keras 3 promotes dtypes that TensorFlow refuses to combine."""
    inputs = [Input(SHAPE, dtype=dtype, name=dtype) for dtype in MIXED]
    outputs = []
    for x, y in itertools.combinations(inputs, 2):
        outputs += [ops.maximum(x, y), ops.divide(x, y + 9)]
    x, y, z = inputs[1], inputs[2], inputs[5]
    outputs += [ops.where(inputs[0], x, y), ops.concatenate([x, y, z], axis=1), ops.stack([y, z], axis=-1)]
    outputs += [ops.matmul(x, ops.swapaxes(y, 1, 2)), ops.matmul(y, ops.swapaxes(y, 1, 2))]
    outputs += [ops.einsum("abc,adc->abd", x, z)]
    outputs += [ops.equal(x, y), ops.less(y, z), ops.power(x, x), ops.mod(y, 3), ops.arctan2(x, z)]
    return Model(inputs, outputs)


def numbers():
    """Python's numbers have a weak dtype in arithmetic but not in comparisons (Keras 3); in TensorFlow they get the tensor's
    dtype."""
    inputs = [Input(SHAPE, dtype=dtype, name=dtype) for dtype in ("uint8", "int32", "float16", "float32")]
    outputs = []
    for x in inputs:
        row = np.array([1, 2, 3], "int32" if KERAS == 3 else x.dtype.name)
        outputs += [x + 2, 7 - x, x * 3, x // 2, x % 3, x < 2, ops.equal(x, 1), ops.maximum(x, 3), x + row]
        if KERAS == 3 or "float" in x.name:
            outputs += [x + 0.3, x < 0.3, ops.maximum(x, 0.3), ops.where(x > 1, x, 0.5)]
        outputs += [x / 2] if KERAS == 2 else [x / 2, ops.power(x, 2), ops.square(x > 1)]
    return Model(inputs, outputs)


def feed_each(dtypes):
    return lambda random: [values(random, dtype) for dtype in dtypes]


def arguments_tensorflow():
    x, y, ids = Input((4, 6), name="x"), Input((4, 6), name="y"), Input((4, 2), dtype="int32", name="ids")
    nn, math = tf.nn, tf.math
    infinite = x * float("inf")
    return Model(
        [x, y, ids],
        [
            nn.silu(x, beta=1.5),
            tf.gather(x, ids, axis=2, batch_dims=1),
            tf.gather(x, ids, axis=2, batch_dims=2),
            tf.gather(x, ids, batch_dims=1),
            tf.matmul(x, y, adjoint_b=True),
            tf.matmul(x, y, transpose_a=True),
            tf.matmul(x, y, transpose_b=True),
            tf.matmul(x[:, 0], np.arange(12, dtype="float32").reshape(6, 2), b_is_sparse=True),
            math.atan2(x, y),
            tf.transpose(x, (0, 2, 1), conjugate=True),
            tf.clip_by_value(x, 0.5, -0.5),
            tf.pad(x, [[0, 0], [1, 2], [2, 0]], mode="REFLECT"),
            tf.pad(x, [[0, 0], [1, 2], [2, 0]], "SYMMETRIC"),
            tf.pad(x, [[0, 0], [1, 2], [2, 0]], constant_values=1.5),
            tf.repeat(x, [1, 0, 2, 3], axis=1),
            tf.repeat(x, 2, axis=-1),
            *tf.split(x, [1, -1, 2], axis=2),
            *tf.split(x, 2, axis=1, num=2),
            *tf.unstack(x, num=4, axis=1),
            nn.leaky_relu(x, alpha=0.05),
            nn.gelu(x, approximate=True),
            nn.softmax(x, axis=1),
            nn.log_softmax(x, axis=-2),
            nn.l2_normalize(x, axis=[1, 2], epsilon=0.5),
            nn.bias_add(x, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            nn.bias_add(tf.expand_dims(x, -1), [1.0, 2.0, 3.0, 4.0], data_format="NCHW"),
            *nn.moments(x, axes=[1], shift=0.5, keepdims=True),
            math.reduce_logsumexp(x, axis=[1, 2], keepdims=True),
            math.reduce_logsumexp(tf.where(y > -9.0, -abs(infinite), x), axis=2),
            math.reduce_max(x, axis=[], keepdims=True),
            math.reduce_std(x, axis=2, keepdims=True),
            tf.add(x, y, name="sum_of_both"),
            tf.squeeze(tf.expand_dims(x, 1), axis=[]),
            tf.shape(x, out_type="int64")[1:] + tf.cast(ids, "int64"),
        ],
    )


def arguments_keras():
    x, y, ids = Input((4, 6), name="x"), Input((4, 6), name="y"), Input((4, 2), dtype="int32", name="ids")
    infinite = x * float("inf")
    relu = keras.activations.relu
    return Model(
        [x, y, ids],
        [
            ops.max(x, axis=1, initial=0.5),
            ops.min(x, axis=(1, 2), keepdims=True, initial=-0.5),
            ops.clip(x, 0.5, -0.5),
            ops.take(x, ids - 6, axis=2),
            ops.take(x, [0, -1, 2], axis=1),
            ops.pad(x, ((0, 0), (1, 2), (2, 0)), mode="reflect"),
            ops.pad(x, ((0, 0), (1, 2), (2, 0)), mode="symmetric"),
            ops.pad(x, ((0, 0), (1, 2), (2, 0)), constant_values=1.5),
            ops.repeat(x, [1, 0, 2, 3], axis=1),
            ops.repeat(x, 2, axis=-1),
            *ops.split(x, [1, 3], axis=2),
            *ops.split(x, 2, axis=1),
            *ops.unstack(x, num=4, axis=1),
            ops.leaky_relu(x, negative_slope=0.05),
            ops.elu(x, alpha=0.5),
            ops.celu(x, alpha=0.5),
            ops.gelu(x, approximate=False),
            ops.softmax(x, axis=1),
            ops.log_softmax(x, axis=-2),
            *ops.moments(x, axes=[1], keepdims=True),
            ops.logsumexp(x, axis=(1, 2), keepdims=True),
            ops.logsumexp(ops.where(y > -9.0, -abs(infinite), x), axis=2),
            ops.std(x, axis=2, keepdims=True),
            ops.round(x, decimals=2),
            ops.round(x * 100, decimals=-1),
            ops.arctan2(x, y),
            ops.einsum("abc,adc->abd", x, y),
            ops.einsum("...c,cd->...d", x, np.arange(12, dtype="float32").reshape(6, 2)),
            ops.tile(x, (1, 2, 1)),
            ops.squeeze(ops.expand_dims(x, (1, -1)), axis=(1, 4)),
            ops.flip(x, axis=(1, 2)),
            ops.convert_to_tensor(x, dtype="float16"),
            ops.prod(ids, axis=1),
            relu(x, negative_slope=0.1, max_value=1.0, threshold=0.5),
            relu(x, negative_slope=0.1, threshold=-0.5),
            relu(x, max_value=0.5),
        ],
    )


def feed_arguments(random):
    x, y = random.normal(size=(2, 3, 4, 6)).astype("float32")
    return [x, y, random.integers(0, 4, (3, 4, 2)).astype("int32")]


def all_axes(x):
    """Without an axis an operation runs over the batch too."""
    if KERAS == 2:
        return [x - tf.reduce_max(x), x / tf.reduce_sum(x * x), tf.nn.l2_normalize(x)]
    both = [ops.softmax(x, axis=None), ops.log_softmax(x, axis=None)]
    return [*both, x - ops.max(x, axis=None), x - ops.mean(x), ops.flip(x)]


def rows_that_mix():
    x = Input((4, 6), name="x")
    return Model(x, all_axes(x))


def without_rows():
    """Results that do not have one row per row of the input."""
    x = Input((4, 6), name="x")
    taken = [] if KERAS == 2 else [ops.take(x, [0, -1, 7])]
    return Model(x, [*all_axes(x), ops.repeat(x, 2) * 1.0, *taken])


def long_half():
    """Sums of squares beyond float16's range, of which only the result is rounded."""
    x = Input((600,), dtype="float16", name="x")
    means = [ops.mean(x, axis=1), ops.var(x, axis=1), *ops.moments(x, axes=[1])]
    return Model(x, [*means, ops.sum(x / 300, axis=1)])


def feed_long(random):
    return random.normal(300, 30, (3, 600)).astype("float16")


def constants_in_merge():
    """Keras 2 writes arrays among the inputs of a layer as _CONSTANT_VALUE, without their dtype."""
    x, n = Input((2, 3), name="x"), Input((2, 3), dtype="int64", name="n")
    row, whole = np.array([[[0.5, -1.0, 2.0]]], "float32"), np.array([[[1], [-2]]], "int64")
    layers = [L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum]
    outputs = [layer()([x, row]) for layer in layers] + [layer()([n, whole]) for layer in layers[:3]]
    outputs += [L.Add()([tf.constant(row), x, x]), L.Add(dtype="float16")([x, row])]
    outputs += [L.Attention()([x, np.array([[[1.0, 2, 3], [0.5, 0, 1]]], "float32")])]
    return Model([x, n], outputs)


def negative_ids():
    ids = Input((4,), dtype="int32", name="ids")
    return Model(ids, L.Embedding(7, 3)(ids))


def feed_ids(random):
    return random.integers(-7, 7, (3, 4)).astype("int32")


def refused():
    x = Input((4, 4), dtype="int8", name="x")
    return Model(x, tf.matmul(x, x, output_type="int32"))


# 16-bit results are compared within their own steps; moving an input by one unit, as the recorder does, makes floor() jump.
TOLERANCES = {"float16": {"rtol": 2e-3, "atol": 2e-3}, "bfloat16": {"rtol": 1.6e-2, "atol": 1.6e-2}}


def cases(add):
    plain = {"float64": False, "same_rows": True, "coarse": True}
    for dtype in DTYPES:
        tolerance = TOLERANCES.get(dtype, {"atol": 1e-5})
        add(f"operations_{dtype}", dtype_model(dtype), feed=feed_two(dtype), **plain, **tolerance)
    half = TOLERANCES["float16"]
    add("operations_mixed", mixed, keras=(3,), feed=feed_each(MIXED), **plain, **half)
    kinds = ("uint8", "int32", "float16", "float32")
    add("operations_numbers", numbers, feed=feed_each(kinds), **plain, **half)
    given = {"feed": feed_arguments, "atol": 1e-5, **plain}
    add("operations_arguments", arguments_tensorflow, keras=(2,), **given)
    add("operations_arguments", arguments_keras, keras=(3,), **given)
    add("operations_all_axes", without_rows)
    add("operations_all_axes_batches", rows_that_mix, rows=40, batches=True)
    add("operations_float16_long", long_half, keras=(3,), feed=feed_long, **plain, **half)
    add("constants_in_merge", constants_in_merge, keras=(2,), formats=("keras", "h5"), **plain, **half)
    add("embedding_negative_ids", negative_ids, keras=(3,), feed=feed_ids)
    words = {"expect_error": "output_type", "expect_also": ["tf.linalg.matmul"]}
    add("operations_refused", refused, keras=(2,), **words)
