"""Nodes that the passes fold or fuse into a product: normalisation, padding, activations, residual sums, gates."""

from generate.building import Input, L, Model, chain


def normalised(shape, convolution, *, axis=-1, after=None, **arguments):
    def build():
        layers = [convolution(), L.BatchNormalization(axis=axis, **arguments)]
        return chain(shape, *layers, *([L.Activation(after)] if after else []))

    return build


def two_readers():
    """The convolution's result is used twice, so the normalisation must not be folded into its weights."""
    x = Input((6, 5, 3), name="x")
    y = L.Conv2D(4, 3, padding="same", name="conv")(x)
    return Model(x, [L.BatchNormalization(name="bn")(y), L.ReLU(name="relu")(y)])


def one_convolution_two_normalisations():
    x, conv = Input((6, 5, 3), name="x"), L.Conv2D(3, 3, padding="same", name="conv")
    y = L.BatchNormalization(name="bn1")(conv(x))
    return Model(x, L.BatchNormalization(name="bn2")(conv(y)))


def residual():
    x = Input((7, 6, 8), name="x")
    y = L.ReLU()(L.BatchNormalization()(L.Conv2D(8, 3, padding="same", use_bias=False)(x)))
    y = L.BatchNormalization()(L.Conv2D(8, 3, padding="same", use_bias=False)(y))
    y = L.Add()([x, y])
    z = L.BatchNormalization()(L.Conv2D(4, 1, strides=2)(y))
    w = L.BatchNormalization()(L.Conv2D(4, 3, strides=2, padding="same")(L.ReLU()(y)))
    return Model(x, [L.ReLU(name="y")(L.Add()([w, z])), L.Add(name="twice")([y, y])])


def padded():
    """Explicit padding before a valid window; a pool's padding is zeros here, not minus infinity."""
    x = Input((8, 7, 3), name="x")
    pad = L.ZeroPadding2D(((1, 2), (0, 1)), name="pad")(x)
    return Model(
        x,
        [
            L.Conv2D(4, 3, strides=2, name="conv")(pad),
            L.DepthwiseConv2D(3, strides=2, name="depthwise")(pad),
            L.MaxPooling2D(3, strides=2, name="max")(pad),
            L.AveragePooling2D(3, strides=2, name="average")(pad),
            L.Conv2D(2, 3, padding="same", name="same")(pad),
        ],
    )


def squeeze_and_excite():
    x = Input((6, 5, 8), name="x")
    y = L.Activation("silu")(L.Conv2D(8, 3, padding="same")(x))
    s = L.Reshape((1, 1, 8))(L.GlobalAveragePooling2D()(y))
    s = L.Conv2D(8, 1, activation="sigmoid")(L.Conv2D(2, 1, activation="silu")(s))
    return Model(x, L.Conv2D(4, 1, name="y")(L.Multiply()([y, s])))


def cases(add):
    image = (7, 6, 3)
    add(
        "conv2d_bn_relu",
        normalised(image, lambda: L.Conv2D(5, 3, use_bias=False), after="relu"),
        rows=2,
        formats=("keras", "h5"),
    )
    add("conv2d_bn_no_center", normalised(image, lambda: L.Conv2D(5, 3), center=False, scale=False), rows=2)
    add("conv2d_relu_bn", normalised(image, lambda: L.Conv2D(5, 3, activation="relu")), rows=2)
    add(
        "conv2d_groups_bn",
        normalised((7, 6, 4), lambda: L.Conv2D(6, 3, groups=2, padding="same"), after="relu"),
        rows=2,
    )
    add(
        "depthwise_bn_relu6",
        normalised(image, lambda: L.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False), after="relu6"),
        rows=2,
        formats=("keras", "h5"),
    )
    add("conv1d_bn", normalised((9, 3), lambda: L.Conv1D(5, 3, padding="causal"), after="relu"))
    add("dense_bn", normalised((6,), lambda: L.Dense(5), after="tanh"))
    add(
        "conv2d_first_bn",
        normalised(
            (3, 8, 7),
            lambda: L.Conv2D(5, 3, strides=2, padding="same", data_format="channels_first"),
            axis=1,
            after="relu",
        ),
        rows=2,
        xla=True,
        formats=("keras", "h5"),
    )
    add(
        "bn_conv2d",
        lambda: chain(image, L.BatchNormalization(), L.ReLU(), L.Conv2D(4, 3, padding="same", name="y")),
        rows=2,
    )
    add(
        "bn_conv2d_same",
        lambda: chain(image, L.BatchNormalization(), L.Conv2D(4, 3, padding="same", name="y")),
        rows=2,
    )
    add("conv2d_two_readers", two_readers, rows=2)
    add("conv2d_shared_two_bn", one_convolution_two_normalisations, rows=2)
    add("conv2d_residual", residual, rows=2)
    add("conv2d_padded", padded, rows=2)
    add("conv2d_squeeze_excite", squeeze_and_excite, rows=2)
