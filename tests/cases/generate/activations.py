"""Every activation: as a layer, after a product, at its kinks and at its limits; Softmax and ReLU layers."""

import numpy as np

from generate.building import KERAS, Input, L, Model, chain, keras, variants

ACTIVATIONS = [
    "elu",
    "gelu",
    "hard_sigmoid",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]
ACTIVATIONS_3 = [
    "celu",
    "glu",
    "hard_shrink",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "log_sigmoid",
    "soft_shrink",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "tanh_shrink",
]
NAMES = [n for n in ACTIVATIONS if hasattr(keras.activations, n)] + (ACTIVATIONS_3 if KERAS == 3 else [])
KINKS = np.array(
    [
        -8,
        -6,
        -4,
        -3,
        -2.5,
        -2,
        -1.5,
        -1,
        -0.75,
        -0.5,
        -0.25,
        -1e-3,
        0,
        1e-3,
        0.25,
        0.5,
        0.75,
        1,
        1.5,
        2,
        2.5,
        3,
        4,
        5.5,
        6,
        7,
        8,
        0.1,
        -0.1,
        0.3,
        -0.3,
        1.25,
    ]
)


def ramp(random):
    """Every kink of every activation, and random values around them."""
    return np.concatenate([KINKS, random.uniform(-8, 8, 32)]).astype(np.float32).reshape(8, 8)


def extremes(random):
    return np.array(
        [[-1e4, -300, -104, -88.5, 88.5, 104, 300, 1e4], [1e-30, -1e-30, 1e-7, -1e-7, 20, -20, 50, -50]],
        np.float32,
    )


def activation_chain(shape):
    """An activation after a product: devices fuse it into the product as an epilogue."""
    x = Input(shape, name="x")
    return Model(x, [L.Dense(8, activation=a, name=f"dense_{a}")(x) for a in NAMES + ["exponential"]])


def dense_then_activations():
    x = Input((6,), name="x")
    y = L.Dense(10, name="shared")(x)
    return Model(x, [L.Activation(a, name=a)(y) for a in NAMES])


def softmax_with_mask():
    x, mask = Input((4, 5), name="x"), Input((4, 5), dtype="bool", name="mask")
    return Model([x, mask], L.Softmax(name="softmax")(x, mask=mask))


def mask_feed(random):
    mask = random.integers(0, 2, (3, 4, 5)).astype(bool)
    mask[0, 1], mask[1, 2] = False, True
    return [random.normal(0, 2, (3, 4, 5)).astype(np.float32), mask]


def cases(add):
    add(
        "activations", lambda: variants(L.Activation, (8,), {a: dict(activation=a) for a in NAMES}), feed=ramp
    )
    add(
        "activation_exponential", lambda: chain((8,), L.Activation("exponential")), feed=lambda r: ramp(r) / 4
    )
    slopes = keras.initializers.RandomNormal(0.3, 0.2, seed=5)
    add(
        "prelu_axes_from_the_end",
        lambda: chain((3, 4), *[L.PReLU(slopes, shared_axes=axes) for axes in ([-1], [0], [-1, 0])]),
        float64=False,
    )
    # 3.15.1, on every backend: tau = (sum of the cumulated sums over the support - 1) / k, where
    # the paper takes only the last of those sums.
    add(
        "activation_sparsemax",
        lambda: chain((4,), L.Activation("sparsemax", name="y")),
        keras=(3,),
        feed=lambda r: (r.uniform(-1, 1, (16, 4)) + [2, 0, 0, 0]).astype("float32"),
    )
    bounded = [a for a in ("sigmoid", "tanh", "softsign", "hard_sigmoid", "softmax") if a in NAMES]
    add(
        "activations_extremes",
        lambda: variants(L.Activation, (8,), {a: dict(activation=a) for a in bounded}),
        feed=extremes,
    )
    add("activations_in_dense", lambda: activation_chain((6,)), rows=4)
    add("activations_of_one_dense", dense_then_activations, rows=4)
    add(
        "activations_rank4",
        lambda: variants(
            L.Activation, (3, 2, 4), {a: dict(activation=a) for a in ("relu", "softmax", "gelu")}
        ),
    )
    add(
        "relu_layer",
        lambda: variants(
            L.ReLU,
            (8,),
            {
                "plain": {},
                "capped": dict(max_value=3.0),
                "leaky": dict(negative_slope=0.1),
                "shifted": dict(threshold=1.0),
                "all": dict(max_value=4.0, negative_slope=0.25, threshold=0.5),
                "capped_leaky": dict(max_value=6.0, negative_slope=0.3),
            },
        ),
        feed=ramp,
    )
    # Not as .h5: Keras 3 (3.15) drops a list of several axes from the config of every layer that it reads from
    # HDF5, masked or not, and takes the last axis. The file holds the axes; Keraunos computes what was saved.
    add(
        "softmax_axes",
        lambda: variants(L.Softmax, (4, 5, 3), {"last": {}, "one": dict(axis=1), "pair": dict(axis=[1, 2])}),
    )
    add(
        "softmax_widths",
        lambda: chain((33,), L.Softmax()),
        rows=4,
        feed=lambda r: r.normal(0, 6, (4, 33)).astype(np.float32),
    )
    add("softmax_of_one", lambda: chain((3, 1), L.Dense(1), L.Softmax(axis=1)), rows=2)
    # A row masked everywhere is uniform in 2.15 because float32 loses x in x - 1e9: float64 would not.
    add("softmax_mask", softmax_with_mask, feed=mask_feed, float64=KERAS == 3)
