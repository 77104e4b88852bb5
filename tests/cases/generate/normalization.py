"""BatchNormalization and LayerNormalization over every axis."""

from generate.building import Input, L, Model, chain, variants

BATCH = {
    "plain": {},
    "no_center": dict(center=False),
    "no_scale": dict(scale=False),
    "bare": dict(center=False, scale=False),
    "epsilon": dict(epsilon=0.1),
    "tiny_epsilon": dict(epsilon=1e-5),
    "axis1": dict(axis=1),
    "axis2": dict(axis=2),
}
LAYER = {
    "plain": {},
    "no_center": dict(center=False),
    "no_scale": dict(scale=False),
    "bare": dict(center=False, scale=False),
    "epsilon": dict(epsilon=1e-6),
    "axis1": dict(axis=1),
    "axis2": dict(axis=2),
    "pair": dict(axis=[1, 2]),
    "tail": dict(axis=[2, 3]),
}


def spread(*shape):
    """Rows of very different means, for which variances computed in one pass are inaccurate."""
    return lambda random: (
        random.normal(0, 1, shape) + random.normal(0, 20, (shape[0], *[1] * (len(shape) - 1)))
    ).astype("float32")


def batch(add):
    add("batch_norm_rank4", lambda: variants(L.BatchNormalization, (4, 3, 5), BATCH))
    add(
        "batch_norm_rank3",
        lambda: variants(L.BatchNormalization, (4, 31), {"plain": {}, "axis1": dict(axis=1)}),
    )
    add("batch_norm_rank2", lambda: chain((33,), L.BatchNormalization(name="y")), rows=5)
    add("batch_norm_one", lambda: chain((1,), L.BatchNormalization(name="y")), rows=4)
    add(
        "batch_norm_axes",
        lambda: variants(
            L.BatchNormalization, (4, 3, 5), {"pair": dict(axis=[1, 3]), "last": dict(axis=[3])}
        ),
        keras=(2,),
    )
    add(
        "batch_norm_frozen",
        lambda: chain((6,), L.BatchNormalization(name="y", trainable=False)),
        formats=("keras", "h5"),
    )


def layer(add):
    add("layer_norm_rank4", lambda: variants(L.LayerNormalization, (4, 3, 5), LAYER), formats=("keras", "h5"))
    for width in (2, 31, 32, 33, 257):
        add(
            f"layer_norm_{width}",
            lambda: chain((3, width), L.LayerNormalization(epsilon=1e-6, name="y")),
            rows=2,
        )
    add("layer_norm_spread", lambda: chain((64,), L.LayerNormalization(name="y")), rows=4, feed=spread(4, 64))
    add(
        "layer_norm_constant",
        lambda: chain((8,), L.LayerNormalization(name="y")),
        feed=lambda r: r.normal(0, 3, (3, 1)).repeat(8, 1).astype("float32"),
        same_rows=True,
    )


def groups():
    x, y = Input((5, 6), name="x"), Input((4, 3, 6), name="y")
    return Model(
        [x, y],
        [
            L.GroupNormalization(groups=3)(x),
            L.GroupNormalization(groups=-1, epsilon=1e-2)(x),
            L.GroupNormalization(groups=2, axis=1)(y),
            L.GroupNormalization(groups=3, axis=2, center=False)(y),
            L.GroupNormalization(groups=1, scale=False)(y),
            L.GroupNormalization(groups=6)(y),
        ],
    )


def root_mean_square():
    """Keras multiplies by the scale along the last axes, whichever were normalised."""
    x, y = Input((5, 6), name="x"), Input((4, 4), name="y")
    outputs = [L.RMSNormalization()(x), L.RMSNormalization(axis=(1, 2))(x), L.RMSNormalization(axis=1, epsilon=1e-2)(y)]
    return Model([x, y], outputs)


def spectral():
    x = Input((5, 6), name="x")
    y = L.SpectralNormalization(L.Conv1D(4, 2), power_iterations=2)(x)
    return Model(x, [y, L.SpectralNormalization(L.Dense(3, activation="tanh"))(y)])


def cases(add):
    batch(add)
    layer(add)
    add("group_norm", groups, formats=("keras", "h5"))
    add("rms_norm", root_mean_square, keras=(3,))
    add("spectral_norm", spectral, formats=("keras", "h5"))
