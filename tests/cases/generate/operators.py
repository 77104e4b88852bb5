"""Operators on symbolic tensors: TFOpLambda and SlicingOpLambda layers in 2.15, keras.ops nodes in 3."""

from generate.building import KERAS, Input, L, Model, keras
from generate.oracle import tf

ops = tf if KERAS == 2 else keras.ops
nn = tf.nn if KERAS == 2 else keras.ops
SHAPE = (4, 6)


def pair(function):
    """A model of two inputs whose output is the result of `function(x, y)`."""

    def build():
        x, y = Input(SHAPE, name="x"), Input(SHAPE, name="y")
        return Model([x, y], function(x, y))

    return build


def slice_scale_add():
    x, y = Input(SHAPE, name="x"), Input((3, 6), name="y")
    return Model([x, y], x[:, 1:] * 2 + y)


def arithmetic(x, y):
    positive = abs(y) + 0.5
    return [
        x + y,
        x - y,
        x * y,
        x / positive,
        2.0 / positive,
        1.0 - x,
        -x,
        abs(x),
        x**2,
        x + 1,
        3.0 * y,
        positive**0.5,
        x / 3.0,
    ]


def slices(x, y):
    return [
        x[:, 0],
        x[:, -1],
        x[:, 1:3, ::2],
        x[:, ::-1],
        x[:, :, 1:5:3],
        x[:, None, 1:, 2],
        x[:, 1:][:, :, :3] * y[:, :3, 3:],
    ]


def comparisons(x, y):
    if KERAS == 2:
        return [
            tf.where(x > 0.0, x, y),
            tf.cast(x >= y, "float32"),
            tf.maximum(x, y),
            tf.minimum(x, 0.25),
            tf.cast(tf.logical_and(x > 0.0, y < 1.0), "float32"),
        ]
    return [
        ops.where(x > 0.0, x, y),
        ops.cast(x >= y, "float32"),
        ops.maximum(x, y),
        ops.minimum(x, 0.25),
        ops.cast(ops.logical_and(x > 0.0, y < 1.0), "float32"),
    ]


def shapes(x, y):
    join = tf.concat if KERAS == 2 else ops.concatenate
    return [
        ops.reshape(x, (-1, 24)),
        ops.transpose(x, (0, 2, 1)),
        ops.expand_dims(x, 1),
        join([x, y], axis=1),
        ops.stack([x, y], axis=-1),
    ]


def reductions(x, y):
    if KERAS == 2:
        return [
            tf.reduce_mean(x, axis=1),
            tf.reduce_sum(x, axis=[1, 2]),
            tf.reduce_max(x, axis=-1, keepdims=True),
            tf.reduce_min(y, axis=2),
        ]
    return [
        ops.mean(x, axis=1),
        ops.sum(x, axis=[1, 2]),
        ops.max(x, axis=-1, keepdims=True),
        ops.min(y, axis=2),
    ]


def functions(x, y):
    positive = abs(y) + 0.25
    math = tf.math if KERAS == 2 else ops
    return [
        math.exp(x),
        math.log(positive),
        math.sqrt(positive),
        math.rsqrt(positive),
        math.square(x),
        math.tanh(x),
        math.sigmoid(x),
        math.sin(x),
        math.cos(y),
    ]


def activations(x, y):
    return [
        nn.relu(x),
        nn.relu6(x * 4.0),
        nn.sigmoid(x),
        nn.tanh(x) if KERAS == 2 else ops.tanh(x),
        nn.softmax(x),
        nn.softmax(x, axis=1),
        nn.silu(x),
        nn.gelu(x),
        nn.elu(x),
        nn.softplus(y),
        nn.leaky_relu(x),
    ]


def products(x, y):
    swapped = ops.transpose(y, (0, 2, 1))
    return [x @ swapped, ops.matmul(swapped, x)]


def constant(*values):
    return ops.convert_to_tensor(values, dtype=keras.backend.floatx())


def with_constant():
    """An array of the program becomes a constant of the graph."""
    x = Input((3,), name="x")
    return Model(x, L.Dense(2, name="y")(x * constant(1.0, -2.0, 0.5) + constant(0.25, 0.5, 0.75)))


def hand_attention():
    """Attention built from operators, as in many public models."""
    x = Input(SHAPE, name="x")
    q, k, v = (L.Dense(5, name=name)(x) for name in "qkv")
    scores = ops.matmul(q, ops.transpose(k, (0, 2, 1))) / 5.0**0.5
    return Model(x, L.Dense(2, name="y")(ops.matmul(nn.softmax(scores), v)))


def centred(x):
    return x - ops.mean(x)


if KERAS == 3:
    keras.saving.register_keras_serializable("Shop")(centred)


def mapped():
    """A function applied to each element along axis 0, here the rows of the batch."""
    x = Input(SHAPE, name="x")
    return Model(x, [ops.map(centred, x), ops.vectorized_map(keras.activations.relu, x), ops.map(centred, x[0])])


def cases(add):
    both = ("keras", "h5")
    twice = (
        both if KERAS == 2 else ("keras",)
    )  # Keras 3 writes nodes into .h5 without the module that distinguishes an operation from a layer
    add("ops_slice_scale_add", slice_scale_add, formats=both)
    add("ops_arithmetic", pair(arithmetic), formats=twice)
    add("ops_slices", pair(slices))
    for name, function in (
        ("comparisons", comparisons),
        ("shapes", shapes),
        ("reductions", reductions),
        ("functions", functions),
        ("activations", activations),
        ("products", products),
    ):
        add(f"ops_{name}", pair(function))
    add("ops_constant", with_constant, formats=twice)
    add("ops_hand_attention", hand_attention)
    add("ops_map", mapped, keras=(3,), custom_objects="Shop>centred: x minus the mean of all its elements")
