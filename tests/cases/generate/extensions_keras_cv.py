"""KerasCV with Keras 3: layers that models use without its backbones."""

import importlib.util

from generate.building import KERAS, Input, L, Model, keras

AVAILABLE = KERAS == 3 and importlib.util.find_spec("keras_cv") is not None
if AVAILABLE:
    from keras_cv import layers as cv


def regularised():
    x, y = Input((5, 4, 6), name="x"), Input((5, 4, 6), name="y")
    excited = cv.SqueezeAndExcite2D(6, name="excited")(x)
    bare = cv.SqueezeAndExcite2D(6, 2, squeeze_activation="tanh", excite_activation="hard_sigmoid", name="bare")(y)
    path = cv.DropPath(0.5, name="path")(excited)
    block = cv.DropBlock2D(0.1, 3, name="block")(bare)
    return Model([x, y], [cv.StochasticDepth(0.3, name="depth")([path, block]), path, block])


def bottlenecks():
    x = Input((6, 5, 4), name="x")
    table = {
        "plain": (cv.MBConvBlock, (4, 4), {}),
        "wide": (cv.MBConvBlock, (4, 6), dict(expand_ratio=2, se_ratio=0.5, strides=2, activation="relu")),
        "fused": (cv.FusedMBConvBlock, (4, 4), dict(se_ratio=0.25)),
        "fused_wide": (cv.FusedMBConvBlock, (4, 3), dict(expand_ratio=3, strides=2, kernel_size=2, survival_probability=0.0)),
    }
    return Model(x, [layer(*sizes, name=name, **own)(x) for name, (layer, sizes, own) in table.items()])


def pyramid():
    x = Input((6, 5, 4), name="x")
    return Model(x, cv.SpatialPyramidPooling([2, 3], num_channels=3, dropout=0.1, activation="tanh", name="y")(x))


def encoder():
    x = Input((5, 6), name="x")
    plain = cv.TransformerEncoder(6, 2, 8, name="plain")(x)
    return Model(x, [plain, cv.TransformerEncoder(6, 3, 4, activation=keras.activations.tanh, layer_norm_epsilon=1e-3, name="tanh")(L.Dense(6)(plain))])


def cases(add):
    if not AVAILABLE:
        return
    add("cv_regularisation", regularised, formats=("keras", "h5"))
    add("cv_bottlenecks", bottlenecks)
    add("cv_pyramid", pyramid)
    add("cv_transformer_encoder", encoder)
