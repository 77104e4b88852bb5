"""Dense, shapes, merges, scaling and the layers that do nothing at inference."""

import numpy as np

from generate.building import Input, L, Model, chain, variants


def dense(add):
    add(
        "dense_widths",
        lambda: variants(
            L.Dense,
            (7,),
            {
                "one": dict(units=1),
                "w31": dict(units=31, activation="relu"),
                "w32": dict(units=32, use_bias=False),
                "w33": dict(units=33, activation="tanh"),
            },
        ),
        rows=5,
        formats=("keras", "h5"),
    )
    add("dense_one_input", lambda: chain((1,), L.Dense(1, name="y")), rows=1)
    add(
        "dense_wide",
        lambda: chain((129,), L.Dense(33, activation="relu"), L.Dense(31), L.Dense(1, name="y")),
        rows=33,
    )
    add("dense_rank3", lambda: chain((3, 5), L.Dense(4, activation="sigmoid"), L.Dense(33, name="y")))
    add("dense_rank4", lambda: chain((2, 3, 5), L.Dense(7, name="y")), rows=2)
    add("dense_free_length", lambda: chain((None, 5), L.Dense(3, name="y")), rows=2)
    add("dense_no_rows", lambda: chain((3,), L.Dense(4, activation="softmax", name="y")), rows=0)
    add("dense_many_rows", lambda: chain((3,), L.Dense(4, activation="softmax", name="y")), rows=131)


def flattenings():
    x, vector = Input((3, 2, 5), name="x"), Input((4,), name="vector")
    return Model(
        [x, vector],
        [
            L.Flatten(name="flat")(x),
            L.Flatten("channels_first", name="flat_first")(x),
            L.Flatten(name="same")(vector),
            L.Reshape((5, 6), name="matrix")(x),
            L.Reshape((-1, 3), name="guess")(x),
            L.Reshape((30, 1, 1), name="tail")(x),
            L.RepeatVector(3, name="repeat")(vector),
            L.RepeatVector(1, name="once")(vector),
        ],
    )


def concatenations():
    a, b = Input((3, 4, 2), name="a"), Input((3, 4, 2), name="b")
    return Model(
        [a, b],
        [L.Concatenate(axis=i, name=f"axis{i}")([a, b, a]) for i in (1, 2, 3)]
        + [L.Concatenate(name="last")([b, a])],
    )


def sums():
    a, b, c = Input((3, 4), name="a"), Input((3, 4), name="b"), Input((3, 1), name="c")
    return Model(
        [a, b, c],
        [
            L.Add(name="add2")([a, b]),
            L.Add(name="add3")([a, b, a]),
            L.Multiply(name="mul2")([a, b]),
            L.Multiply(name="mul3")([b, a, b]),
            L.Add(name="add_wide")([a, c]),
            L.Multiply(name="mul_wide")([c, b]),
        ],
    )


def sums_of_ranks():
    a, b = Input((3, 4), name="a"), Input((4,), name="b")
    return Model([a, b], [L.Add(name="add")([a, b]), L.Multiply(name="mul")([b, a])])


def shapes(add):
    add("flatten_reshape_repeat", flattenings)
    add(
        "zero_padding2d",
        lambda: variants(
            L.ZeroPadding2D,
            (3, 5, 2),
            {
                "default": {},
                "two": dict(padding=2),
                "pair": dict(padding=(1, 3)),
                "four": dict(padding=((0, 1), (2, 0))),
                "none": dict(padding=0),
                "first": dict(padding=((1, 0), (0, 2)), data_format="channels_first"),
            },
        ),
    )
    add("concatenate", concatenations)
    add("add_multiply", sums)
    add("add_multiply_ranks", sums_of_ranks)


def identities():
    x, image = Input((4, 3), name="x"), Input((4, 3, 2), name="image")
    y = L.Dense(3, name="dense")(x)
    layers = [
        L.Dropout(0.5),
        L.SpatialDropout1D(0.3),
        L.GaussianNoise(1.0),
        L.GaussianDropout(0.4),
        L.ActivityRegularization(0.1),
        L.Identity(),
    ]
    layers += [L.AlphaDropout(0.5)]
    return Model([x, image], [layer(y) for layer in layers] + [L.SpatialDropout2D(0.2)(image)])


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
    table = {
        "scale": dict(scale=1 / 255),
        "offset": dict(scale=1 / 127.5, offset=-1.0),
        "lists": dict(scale=[1.0, 0.5, 2.0], offset=[0.1, 0.2, -0.3]),
    }
    return Model(x, [L.Rescaling(name=name, **arguments)(x) for name, arguments in table.items()])


def scaling(add):
    add("identities", identities)
    add("rescaling", rescalings)
    add(
        "rescaling_bytes",
        lambda: chain((4, 5, 3), L.Rescaling(1 / 255, offset=-0.5), dtype="uint8"),
        rows=2,
        feed=lambda r: r.integers(0, 256, (2, 4, 5, 3)).astype(np.uint8),
    )
    add("normalization_given", normalization(mean=[1.0, 2.0, 0.5, -1.0], variance=[4.0, 0.25, 1.0, 9.0]))
    add("normalization_scalar", normalization(axis=None, mean=0.5, variance=2.0))
    add(
        "normalization_invert",
        normalization(mean=[1.0, 2.0, 0.5, -1.0], variance=[4.0, 0.25, 0.0, 9.0], invert=True),
    )
    add("normalization_adapted", adapted((3, 4)), fill=False, formats=("keras", "h5"))
    add("normalization_adapted_axes", adapted((3, 4), axis=(1, 2)), fill=False)
    add("normalization_adapted_none", adapted((3, 4), axis=None), fill=False)


def dots():
    x, y, v, w = Input((3, 4), name="x"), Input((4, 3), name="y"), Input((4,), name="v"), Input((4,), name="w")
    outputs = [
        L.Dot(axes=(2, 1))([x, y]),
        L.Dot(axes=(1, 2), normalize=True)([x, y]),
        L.Dot(axes=1)([v, w]),
        L.Dot(axes=-1, normalize=True)([v, w]),
        L.Dot(axes=(2, 1))([x, v]),
        L.Dot(axes=(1, -1))([v, x]),
        L.Dot(axes=-1)([x, x]),
    ]
    return Model([x, y, v, w], outputs)


def reversible():
    ids, x = Input((4,), dtype="int32", name="ids"), Input((4, 5), name="x")
    tied = L.ReversibleEmbedding(7, 5, mask_zero=True)
    free = L.ReversibleEmbedding(7, 5, tie_weights=False, logit_soft_cap=2.0)
    rows = tied(ids)
    outputs = [rows, tied(x, reverse=True), tied(rows, reverse=True), free(ids), free(x, reverse=True)]
    return Model([ids, x], outputs)


def feed_reversible(random):
    return [random.integers(0, 7, (3, 4)).astype("int32"), random.normal(size=(3, 4, 5)).astype("float32")]


def cases(add):
    for family in (dense, shapes, scaling):
        family(add)
    add("dot", dots, formats=("keras", "h5"))
    add("reversible_embedding", reversible, keras=(3,), feed=feed_reversible)
