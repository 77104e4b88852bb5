"""Dense, activations, shapes, merges, scaling and the layers that do nothing at inference."""

import numpy as np

from generate.building import KERAS, Input, L, Model, chain, variants
from generate.oracle import keras

ACTIVATIONS = ["elu", "gelu", "hard_sigmoid", "leaky_relu", "linear", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid",
               "silu", "softmax", "softplus", "softsign", "swish", "tanh"]
ACTIVATIONS_3 = ["celu", "glu", "hard_shrink", "hard_silu", "hard_swish", "hard_tanh", "log_sigmoid", "soft_shrink", "sparse_plus",
                 "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink"]
NAMES = [n for n in ACTIVATIONS if hasattr(keras.activations, n)] + (ACTIVATIONS_3 if KERAS == 3 else [])
KINKS = np.array([-8, -6, -4, -3, -2.5, -2, -1.5, -1, -.75, -.5, -.25, -1e-3, 0, 1e-3, .25, .5, .75, 1, 1.5, 2, 2.5, 3, 4, 5.5, 6, 7, 8, .1,
                  -.1, .3, -.3, 1.25])


def ramp(random):
    """Every bend of every activation, and random values around them."""
    return np.concatenate([KINKS, random.uniform(-8, 8, 32)]).astype(np.float32).reshape(8, 8)


def extremes(random):
    return np.array([[-1e4, -300, -104, -88.5, 88.5, 104, 300, 1e4], [1e-30, -1e-30, 1e-7, -1e-7, 20, -20, 50, -50]], np.float32)


def activation_chain(shape):
    """An activation behind a product: what a device fuses into the product's last step."""
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


def dense(add):
    add("dense_widths", lambda: variants(L.Dense, (7,), {
        "one": dict(units=1), "w31": dict(units=31, activation="relu"), "w32": dict(units=32, use_bias=False),
        "w33": dict(units=33, activation="tanh")}), rows=5, formats=("keras", "h5"))
    add("dense_one_input", lambda: chain((1,), L.Dense(1, name="y")), rows=1)
    add("dense_wide", lambda: chain((129,), L.Dense(33, activation="relu"), L.Dense(31), L.Dense(1, name="y")), rows=33)
    add("dense_rank3", lambda: chain((3, 5), L.Dense(4, activation="sigmoid"), L.Dense(33, name="y")))
    add("dense_rank4", lambda: chain((2, 3, 5), L.Dense(7, name="y")), rows=2)
    add("dense_free_length", lambda: chain((None, 5), L.Dense(3, name="y")), rows=2)
    add("dense_no_rows", lambda: chain((3,), L.Dense(4, activation="softmax", name="y")), rows=0)
    add("dense_many_rows", lambda: chain((3,), L.Dense(4, activation="softmax", name="y")), rows=131)


def activations(add):
    add("activations", lambda: variants(L.Activation, (8,), {a: dict(activation=a) for a in NAMES}), feed=ramp)
    add("activation_exponential", lambda: chain((8,), L.Activation("exponential")), feed=lambda r: ramp(r) / 4)
    bounded = [a for a in ("sigmoid", "tanh", "softsign", "hard_sigmoid", "softmax") if a in NAMES]
    add("activations_extremes", lambda: variants(L.Activation, (8,), {a: dict(activation=a) for a in bounded}), feed=extremes)
    add("activations_in_dense", lambda: activation_chain((6,)), rows=4)
    add("activations_of_one_dense", dense_then_activations, rows=4)
    add("activations_rank4", lambda: variants(L.Activation, (3, 2, 4), {a: dict(activation=a) for a in ("relu", "softmax", "gelu")}))
    add("relu_layer", lambda: variants(L.ReLU, (8,), {
        "plain": {}, "capped": dict(max_value=3.0), "leaky": dict(negative_slope=0.1), "shifted": dict(threshold=1.0),
        "all": dict(max_value=4.0, negative_slope=0.25, threshold=0.5), "capped_leaky": dict(max_value=6.0, negative_slope=0.3)}), feed=ramp)
    add("softmax_axes", lambda: variants(L.Softmax, (4, 5, 3), {"last": {}, "one": dict(axis=1), "pair": dict(axis=[1, 2])}))
    add("softmax_widths", lambda: chain((33,), L.Softmax()), rows=4, feed=lambda r: r.normal(0, 6, (4, 33)).astype(np.float32))
    add("softmax_of_one", lambda: chain((3, 1), L.Dense(1), L.Softmax(axis=1)), rows=2)
    # A row that is masked everywhere is uniform in 2.15 because float32 loses x in x - 1e9: float64 would not.
    add("softmax_mask", softmax_with_mask, feed=mask_feed, float64=KERAS == 3)


def flattenings():
    x, vector = Input((3, 2, 5), name="x"), Input((4,), name="vector")
    return Model([x, vector], [L.Flatten(name="flat")(x), L.Flatten("channels_first", name="flat_first")(x), L.Flatten(name="same")(vector),
                               L.Reshape((5, 6), name="matrix")(x), L.Reshape((-1, 3), name="guess")(x), L.Reshape((30, 1, 1), name="tail")(x),
                               L.RepeatVector(3, name="repeat")(vector), L.RepeatVector(1, name="once")(vector)])


def concatenations():
    a, b = Input((3, 4, 2), name="a"), Input((3, 4, 2), name="b")
    return Model([a, b], [L.Concatenate(axis=i, name=f"axis{i}")([a, b, a]) for i in (1, 2, 3)] + [L.Concatenate(name="last")([b, a])])


def sums():
    a, b, c = Input((3, 4), name="a"), Input((3, 4), name="b"), Input((3, 1), name="c")
    return Model([a, b, c], [L.Add(name="add2")([a, b]), L.Add(name="add3")([a, b, a]), L.Multiply(name="mul2")([a, b]),
                             L.Multiply(name="mul3")([b, a, b]), L.Add(name="add_wide")([a, c]), L.Multiply(name="mul_wide")([c, b])])


def sums_of_ranks():
    a, b = Input((3, 4), name="a"), Input((4,), name="b")
    return Model([a, b], [L.Add(name="add")([a, b]), L.Multiply(name="mul")([b, a])])


def shapes(add):
    add("flatten_reshape_repeat", flattenings)
    add("zero_padding2d", lambda: variants(L.ZeroPadding2D, (3, 5, 2), {
        "default": {}, "two": dict(padding=2), "pair": dict(padding=(1, 3)), "four": dict(padding=((0, 1), (2, 0))), "none": dict(padding=0),
        "first": dict(padding=((1, 0), (0, 2)), data_format="channels_first")}))
    add("concatenate", concatenations)
    add("add_multiply", sums)
    add("add_multiply_ranks", sums_of_ranks)


def identities():
    x, image = Input((4, 3), name="x"), Input((4, 3, 2), name="image")
    y = L.Dense(3, name="dense")(x)
    layers = [L.Dropout(.5), L.SpatialDropout1D(.3), L.GaussianNoise(1.), L.GaussianDropout(.4), L.ActivityRegularization(.1), L.Identity()]
    layers += [L.AlphaDropout(.5)]
    return Model([x, image], [layer(y) for layer in layers] + [L.SpatialDropout2D(.2)(image)])


def normalization(**arguments):
    def build():
        return chain((3, 4), L.Normalization(name="y", **arguments))
    return build


def adapted(shape, **arguments):
    """Weights come from `adapt`, not from our random numbers."""
    def build():
        layer, random = L.Normalization(name="y", **arguments), np.random.default_rng(5)
        layer.adapt(random.normal(3, 2, (50, *shape)).astype(np.float32))
        return chain(shape, layer)
    return build


def rescalings():
    x = Input((4, 5, 3), name="x")
    table = {"scale": dict(scale=1 / 255), "offset": dict(scale=1 / 127.5, offset=-1.0), "lists": dict(scale=[1.0, 0.5, 2.0], offset=[0.1, 0.2, -0.3])}
    return Model(x, [L.Rescaling(name=name, **arguments)(x) for name, arguments in table.items()])


def scaling(add):
    add("identities", identities)
    add("rescaling", rescalings)
    add("rescaling_bytes", lambda: chain((4, 5, 3), L.Rescaling(1 / 255, offset=-.5), dtype="uint8"), rows=2,
        feed=lambda r: r.integers(0, 256, (2, 4, 5, 3)).astype(np.uint8))
    add("normalization_given", normalization(mean=[1.0, 2.0, 0.5, -1.0], variance=[4.0, 0.25, 1.0, 9.0]))
    add("normalization_scalar", normalization(axis=None, mean=0.5, variance=2.0))
    add("normalization_invert", normalization(mean=[1.0, 2.0, 0.5, -1.0], variance=[4.0, 0.25, 0.0, 9.0], invert=True))
    add("normalization_adapted", adapted((3, 4)), fill=False, formats=("keras", "h5"))
    add("normalization_adapted_axes", adapted((3, 4), axis=(1, 2)), fill=False)
    add("normalization_adapted_none", adapted((3, 4), axis=None), fill=False)


def cases(add):
    for family in (dense, activations, shapes, scaling):
        family(add)
