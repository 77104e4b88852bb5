"""Convolutions and pools: every argument that changes the maths, at sizes that do not divide evenly.

TensorFlow has no channels-first convolution on the CPU: those cases are compiled by XLA (`xla=True`).
"""

from generate.building import Input, L, Model, chain, keras, variants

CONV1D = {
    "valid": dict(filters=4, kernel_size=3),
    "same": dict(filters=4, kernel_size=3, padding="same"),
    "same_even": dict(filters=3, kernel_size=4, padding="same"),
    "causal": dict(filters=3, kernel_size=3, padding="causal"),
    "stride2": dict(filters=4, kernel_size=3, strides=2),
    "same_stride2": dict(filters=4, kernel_size=3, strides=2, padding="same"),
    "same_stride3": dict(filters=2, kernel_size=2, strides=3, padding="same"),
    "causal_stride2": dict(filters=2, kernel_size=3, strides=2, padding="causal"),
    "dilated": dict(filters=3, kernel_size=3, dilation_rate=2),
    "same_dilated": dict(filters=3, kernel_size=2, dilation_rate=3, padding="same"),
    "causal_dilated": dict(filters=3, kernel_size=3, dilation_rate=4, padding="causal", activation="relu"),
    "one": dict(filters=5, kernel_size=1, use_bias=False),
    "groups": dict(filters=4, kernel_size=3, groups=2),
    "wide": dict(filters=33, kernel_size=5, activation="tanh"),
}

CONV2D = {
    "valid": dict(filters=4, kernel_size=3),
    "same": dict(filters=4, kernel_size=3, padding="same"),
    "stride2": dict(filters=4, kernel_size=3, strides=2),
    "same_stride2": dict(filters=4, kernel_size=3, strides=2, padding="same"),
    "same_stride23": dict(filters=3, kernel_size=(3, 5), strides=(2, 3), padding="same"),
    "even": dict(filters=3, kernel_size=(2, 4), padding="same"),
    "even_stride2": dict(filters=3, kernel_size=2, strides=2, padding="same"),
    "row": dict(filters=3, kernel_size=(1, 5)),
    "column": dict(filters=3, kernel_size=(5, 1), padding="same"),
    "one": dict(filters=5, kernel_size=1, use_bias=False),
    "one_stride2": dict(filters=5, kernel_size=1, strides=2),
    "dilated": dict(filters=3, kernel_size=3, dilation_rate=2),
    "same_dilated": dict(filters=3, kernel_size=3, dilation_rate=(1, 3), padding="same"),
    "groups": dict(filters=6, kernel_size=3, groups=2, padding="same"),
    "seven": dict(filters=2, kernel_size=7, strides=2, padding="same"),
}

DEPTHWISE = {
    "valid": dict(kernel_size=3),
    "same": dict(kernel_size=3, padding="same"),
    "stride2": dict(kernel_size=3, strides=2),
    "same_stride2": dict(kernel_size=3, strides=2, padding="same", activation="relu6"),
    "twice": dict(kernel_size=3, depth_multiplier=2),
    "thrice": dict(kernel_size=(2, 3), depth_multiplier=3, padding="same", use_bias=False),
    "dilated": dict(kernel_size=3, dilation_rate=2),
    "same_dilated": dict(kernel_size=3, dilation_rate=(2, 2), padding="same"),
    "one": dict(kernel_size=1),
    "five": dict(kernel_size=5, padding="same"),
}

POOL = {
    "default": dict(pool_size=2),
    "three": dict(pool_size=3),
    "same": dict(pool_size=3, padding="same"),
    "same_stride1": dict(pool_size=2, strides=1, padding="same"),
    "stride1": dict(pool_size=(2, 3), strides=1),
    "same_stride2": dict(pool_size=3, strides=2, padding="same"),
    "row": dict(pool_size=(1, 4), strides=(2, 1)),
    "same_stride23": dict(pool_size=(3, 2), strides=(2, 3), padding="same"),
    "one": dict(pool_size=1, strides=2),
    "gaps": dict(pool_size=2, strides=3),
}


def with_first(table, *names):
    """Rows of a table with channels first."""
    return {name: {**table[name], "data_format": "channels_first"} for name in names}


def conv(add):
    add("conv1d", lambda: variants(L.Conv1D, (13, 6), CONV1D))
    add(
        "conv1d_first",
        lambda: variants(L.Conv1D, (6, 13), with_first(CONV1D, "valid", "same_stride2", "dilated", "groups")),
        xla=True,
    )
    add(
        "conv1d_free_length",
        lambda: chain((None, 3), L.Conv1D(5, 3, padding="causal", dilation_rate=2), L.Conv1D(1, 1, name="y")),
        rows=2,
        formats=("keras", "h5"),
    )
    add("conv2d", lambda: variants(L.Conv2D, (13, 10, 6), CONV2D), rows=2)
    add(
        "conv2d_first",
        lambda: variants(
            L.Conv2D,
            (6, 13, 10),
            with_first(
                CONV2D,
                "valid",
                "same",
                "same_stride2",
                "same_stride23",
                "even_stride2",
                "one",
                "dilated",
                "groups",
            ),
        ),
        rows=2,
        xla=True,
    )
    add("conv2d_one_channel", lambda: chain((9, 7, 1), L.Conv2D(1, 3, name="y")), rows=1)
    add(
        "conv2d_one_pixel",
        lambda: variants(
            L.Conv2D,
            (1, 1, 3),
            {"same": dict(filters=31, kernel_size=3, padding="same"), "one": dict(filters=2, kernel_size=1)},
        ),
        rows=5,
    )
    for channels, filters, size in ((31, 33, 5), (32, 32, 4), (33, 31, 6), (3, 64, 8)):
        add(
            f"conv2d_{channels}_to_{filters}",
            lambda: chain((size, size + 1, channels), L.Conv2D(filters, 3, padding="same", name="y")),
            rows=2,
        )
    add(
        "conv2d_free_size",
        lambda: chain(
            (None, None, 2), L.Conv2D(3, 3, strides=2, padding="same"), L.GlobalAveragePooling2D(name="y")
        ),
        feed=lambda r: r.normal(0, 1, (2, 9, 14, 2)).astype("float32"),
    )
    add("conv2d_no_rows", lambda: chain((5, 4, 2), L.Conv2D(3, 3), L.Flatten(), L.Dense(2, name="y")), rows=0)
    add(
        "conv2d_activations",
        lambda: variants(
            L.Conv2D,
            (6, 5, 3),
            {
                a: dict(filters=4, kernel_size=3, activation=a)
                for a in (
                    "relu",
                    "relu6",
                    "elu",
                    "selu",
                    "gelu",
                    "sigmoid",
                    "silu",
                    "tanh",
                    "softplus",
                    "softmax",
                    "hard_sigmoid",
                    "mish",
                    "exponential",
                )
                if hasattr(keras.activations, a)
            },
        ),
        rows=2,
    )
    add("depthwise_conv2d", lambda: variants(L.DepthwiseConv2D, (11, 8, 5), DEPTHWISE), rows=2)
    add(
        "depthwise_conv2d_first",
        lambda: variants(
            L.DepthwiseConv2D, (5, 11, 8), with_first(DEPTHWISE, "valid", "same_stride2", "twice")
        ),
        rows=2,
        xla=True,
    )
    add("conv2d_ignored_groups", ignored_groups, keras=(2,), rows=2)
    add(
        "depthwise_conv2d_33",
        lambda: chain((7, 5, 33), L.DepthwiseConv2D(3, padding="same", name="y")),
        rows=2,
    )


def ignored_groups():
    """Keras 2 accepts groups for classes that have none."""
    x = Input((6, 5, 4), name="x")
    layers = [
        L.DepthwiseConv2D(2, groups=3, name="depthwise"),
        L.SeparableConv2D(4, 2, groups=2, name="separable"),
        L.Conv2DTranspose(4, 2, groups=2, name="transposed"),
    ]
    return Model(x, [layer(x) for layer in layers])


def negative(random):
    """All values are negative, so that a maximum padded with zeros instead of minus infinity is detected."""
    return -abs(random.normal(0, 1, (2, 11, 8, 5))).astype("float32") - 0.5


def pool(add):
    for name, layer in (("max", L.MaxPooling2D), ("average", L.AveragePooling2D)):
        add(f"{name}_pooling2d", lambda: variants(layer, (11, 8, 5), POOL), rows=2, feed=negative)
        add(
            f"{name}_pooling2d_first",
            lambda: variants(
                layer, (5, 11, 8), with_first(POOL, "default", "same_stride2", "same_stride23", "gaps")
            ),
            rows=2,
            xla=True,
        )
    add(
        "global_average_pooling2d",
        lambda: variants(
            L.GlobalAveragePooling2D,
            (7, 5, 33),
            {"plain": {}, "kept": dict(keepdims=True), "first": dict(data_format="channels_first")},
        ),
    )
    add(
        "global_average_pooling1d",
        lambda: variants(
            L.GlobalAveragePooling1D,
            (7, 33),
            {"plain": {}, "kept": dict(keepdims=True), "first": dict(data_format="channels_first")},
        ),
    )
    add("global_average_pooling_one", lambda: chain((1, 1, 3), L.GlobalAveragePooling2D(name="y")), rows=1)


def cases(add):
    for family in (conv, pool):
        family(add)
