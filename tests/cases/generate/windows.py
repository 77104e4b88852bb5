"""Convolutions and pools of every number of axes, adaptive pools, blocks and patches, as layers and as operations."""

import numpy as np

from generate.building import KERAS, Input, L, Model, keras, variants
from generate.oracle import tf

FIRST = dict(data_format="channels_first")

CONV3D = {
    "valid": dict(filters=2, kernel_size=2),
    "same": dict(filters=3, kernel_size=(3, 2, 1), padding="same", activation="relu"),
    "stride": dict(filters=2, kernel_size=(1, 3, 2), strides=(2, 2, 1), padding="same"),
    "dilated": dict(filters=2, kernel_size=2, dilation_rate=(1, 2, 2)),
}
SEPARABLE1D = {
    "valid": dict(filters=4, kernel_size=3),
    "same_stride2": dict(filters=3, kernel_size=4, strides=2, padding="same", depth_multiplier=2),
    "dilated": dict(filters=3, kernel_size=2, dilation_rate=3, activation="tanh"),
}
if KERAS == 2:
    SEPARABLE1D |= {"causal": dict(filters=3, kernel_size=3, padding="causal")}
SEPARABLE2D = {
    "valid": dict(filters=4, kernel_size=(3, 2)),
    "same_stride2": dict(filters=3, kernel_size=3, strides=2, padding="same", depth_multiplier=2),
    "dilated": dict(filters=3, kernel_size=2, dilation_rate=(2, 3), padding="same", use_bias=False),
}
DEPTHWISE1D = {
    "valid": dict(kernel_size=3),
    "same_stride2": dict(kernel_size=4, strides=2, padding="same", depth_multiplier=3),
    "dilated": dict(kernel_size=2, dilation_rate=3, activation="relu"),
}
SPARSE = {"valid": dict(kernel_size=3, strides=2, dilation_rate=2), "same": dict(kernel_size=2, strides=2, dilation_rate=3, padding="same")}
POOL = {
    "default": dict(pool_size=2),
    "same": dict(pool_size=3, padding="same"),
    "same_stride1": dict(pool_size=2, strides=1, padding="same"),
    "gaps": dict(pool_size=2, strides=3),
}
POOL3D = POOL | {"mixed": dict(pool_size=(1, 3, 2), strides=(2, 1, 3), padding="same")}


def with_first(table, *names):
    return {f"{name}_first": {**table[name], **FIRST} for name in names}


def convolutions(add):
    add("conv3d", lambda: variants(L.Conv3D, (4, 5, 3, 2), CONV3D), rows=1)
    # Without a stride, XLA of TensorFlow 2.20 computes 3-D convolutions with channels first wrongly: the results differ from
    # channels last and from a manual sum.
    right = CONV3D if KERAS == 2 else ("stride", "dilated")
    add("conv3d_first", lambda: variants(L.Conv3D, (2, 4, 5, 3), with_first(CONV3D, *right)), rows=1, xla=True)
    grouped = {"two": dict(filters=4, kernel_size=2, groups=2), "four": dict(filters=4, kernel_size=(1, 2, 2), groups=4, padding="same")}
    add("conv3d_groups", lambda: variants(L.Conv3D, (3, 3, 4, 4), grouped), rows=1, xla=True)
    both = {"plain": dict(filters=2, kernel_size=2), "first": dict(filters=2, kernel_size=2, **FIRST)}
    add("separable_conv1d_all", lambda: variants(L.SeparableConv1D, (11, 3), SEPARABLE1D), rows=2)
    add("separable_conv2d_all", lambda: variants(L.SeparableConv2D, (7, 6, 3), SEPARABLE2D), rows=2)
    add("separable_conv_both", lambda: variants(L.SeparableConv2D, (4, 5, 4), both), rows=2, xla=True)
    add("separable_conv1d_both", lambda: variants(L.SeparableConv1D, (5, 5), both), rows=2, xla=True)
    add("depthwise_conv1d_all", lambda: variants(L.DepthwiseConv1D, (11, 3), DEPTHWISE1D), rows=2)
    first = {"first": dict(kernel_size=3, strides=2, padding="same", **FIRST)}
    add("depthwise_conv1d_first", lambda: variants(L.DepthwiseConv1D, (3, 10), first), rows=2, xla=True)
    add("depthwise_conv1d_sparse", lambda: variants(L.DepthwiseConv1D, (12, 2), SPARSE), rows=2, keras=(3,))
    add("depthwise_conv2d_sparse", lambda: variants(L.DepthwiseConv2D, (9, 10, 2), SPARSE), rows=1, keras=(3,))
    add(
        "separable_conv2d_sparse",
        lambda: variants(L.SeparableConv2D, (9, 10, 2), {k: v | dict(filters=2) for k, v in SPARSE.items()}),
        rows=1,
        keras=(3,),
    )
    deep = {"two": dict(filters=4, kernel_size=3, groups=2, strides=2, padding="same")}
    add("conv1d_groups_first", lambda: variants(L.Conv1D, (4, 9), with_first(deep, "two")), rows=2, xla=True)


def negative(*shape):
    return lambda random: -abs(random.normal(0, 1, (2, *shape))).astype("float32") - 0.5


def pools(add):
    for name, one, three, way in (
        ("max", L.MaxPooling1D, L.MaxPooling3D, L.GlobalMaxPooling3D),
        ("average", L.AveragePooling1D, L.AveragePooling3D, L.GlobalAveragePooling3D),
    ):
        add(f"{name}_pooling1d", lambda: variants(one, (11, 3), POOL), feed=negative(11, 3))
        add(f"{name}_pooling1d_first", lambda: variants(one, (3, 11), with_first(POOL, *POOL)), feed=negative(3, 11), xla=True)
        # TensorFlow pools 3-D tensors of float32 only.
        add(f"{name}_pooling3d", lambda: variants(three, (5, 4, 7, 2), POOL3D), feed=negative(5, 4, 7, 2), float64=False)
        first = with_first(POOL3D, "same", "mixed")
        add(f"{name}_pooling3d_first", lambda: variants(three, (2, 5, 4, 7), first), feed=negative(2, 5, 4, 7), xla=True, float64=False)
        add(f"global_{name}_pooling3d", lambda: variants(way, (3, 2, 4, 2), {"plain": {}, "first": FIRST, "kept": dict(keepdims=True)}))
    for axes, shape in ((1, (11, 3)), (2, (7, 10, 2)), (3, (5, 4, 6, 2))):
        for kind in ("Average", "Max"):
            layer = getattr(L, f"Adaptive{kind}Pooling{axes}D", None)
            if layer is None:
                continue
            sizes = {"four": 4, "one": 1, "same": shape[:-1], "mixed": (3, 5, 4)[:axes], "halves": tuple(n // 2 for n in shape[:-1])}
            table = {name: dict(output_size=size) for name, size in sizes.items()}
            name = f"adaptive_{kind.lower()}_pooling{axes}d"
            wide = axes < 3  # TensorFlow pools 3-D tensors of float32 only
            add(name, lambda: variants(layer, shape, table), rows=1, float64=wide)
            first = {"first": dict(output_size=3, **FIRST)}
            add(f"{name}_first", lambda: variants(layer, (shape[-1], *shape[:-1]), first), rows=1, float64=wide)


def kernel(name, *shape):
    """A fixed constant: Keras saves it in the node's arguments."""
    return np.random.default_rng(len(name)).normal(0, 0.5, shape).astype("float32")


def keras_nodes():
    ops = keras.ops
    x, t, v = Input((7, 6, 4), name="x"), Input((9, 4), name="t"), Input((4, 3, 5, 2), name="v")
    k = kernel("k", 3, 2, 4, 3)
    return Model(
        [x, t, v],
        [
            ops.conv(x, k),
            ops.conv(x, k, strides=2, padding="same"),
            ops.conv(x, k, padding="same", dilation_rate=(2, 1)),
            ops.conv(t, kernel("line", 3, 4, 2), padding="same", strides=2),
            ops.conv(v, kernel("volume", 2, 2, 2, 2, 3), padding="same"),
            ops.depthwise_conv(x, kernel("deep", 3, 3, 4, 2), padding="same", strides=2),
            ops.depthwise_conv(t, kernel("deep line", 3, 4, 1), dilation_rate=2),
            ops.separable_conv(x, kernel("a", 2, 3, 4, 2), kernel("b", 1, 1, 8, 3), padding="same"),
            ops.separable_conv(t, kernel("a", 2, 4, 1), kernel("b", 1, 4, 3), strides=2),
            ops.max_pool(x, 2),
            ops.max_pool(x, (3, 2), strides=(2, 1), padding="same"),
            ops.average_pool(x, 3, strides=2, padding="same"),
            ops.average_pool(t, 4, strides=3),
            ops.max_pool(v, 2, padding="same", data_format="channels_first"),
            ops.average_pool(x, 2, data_format="channels_first"),
        ],
    )


def keras_patches():
    ops = keras.ops
    x, p = Input((4, 6, 8), name="x"), Input((12, 12), name="p")
    return Model(
        [x, p],
        [
            ops.adaptive_average_pool(x, (3, 4), data_format="channels_last"),
            ops.adaptive_max_pool(x, (3, 3), data_format="channels_last"),
            ops.adaptive_average_pool(x, (4, 4), data_format="channels_first"),
            ops.depth_to_space(x, 2),
            ops.depth_to_space(x, 2, data_format="channels_first"),
            ops.space_to_depth(x, 2),
            ops.space_to_depth(x, 2, data_format="channels_first"),
            ops.unfold(x, 2),
            ops.unfold(x, (3, 2), dilation=(1, 2), padding=(1, 0), stride=(2, 3)),
            ops.fold(p, (4, 5), 2),
            ops.fold(p, (6, 7), (2, 3), padding=1, stride=2, dilation=(1, 2)),
        ],
    )


def tensorflow_nodes():
    nn = tf.nn
    x, t, v = Input((7, 6, 4), name="x"), Input((9, 4), name="t"), Input((4, 3, 5, 2), name="v")
    k = kernel("k", 3, 2, 4, 3)
    return Model(
        [x, t, v],
        [
            nn.conv2d(x, k, 1, "VALID"),
            nn.conv2d(x, k, [1, 2, 2, 1], "SAME"),
            nn.conv2d(x, filters=k, strides=(1, 2), padding=[[0, 0], [1, 2], [0, 1], [0, 0]]),
            nn.conv2d(x, k, 1, "SAME", dilations=2),
            nn.conv1d(t, kernel("line", 3, 4, 2), 2, "SAME"),
            nn.conv3d(v, kernel("volume", 2, 2, 2, 2, 3), [1, 1, 2, 1, 1], "SAME"),
            nn.convolution(x, k),
            nn.atrous_conv2d(x, k, 2, "SAME"),
            nn.depthwise_conv2d(x, kernel("deep", 3, 3, 4, 2), [1, 2, 2, 1], "SAME"),
            nn.depthwise_conv2d(x, kernel("deep", 2, 3, 4, 1), [1, 1, 1, 1], "VALID", dilations=[2, 2]),
            nn.separable_conv2d(x, kernel("a", 2, 3, 4, 2), kernel("b", 1, 1, 8, 3), [1, 1, 1, 1], "SAME"),
            nn.conv2d_transpose(x, kernel("up", 3, 3, 2, 4), [2, 14, 12, 2], 2),
            nn.conv2d_transpose(x, kernel("up", 2, 3, 3, 4), [2, 13, 12, 3], [1, 2, 2, 1], padding="SAME"),
            nn.conv1d_transpose(t, kernel("up", 4, 3, 4), [2, 29, 3], 3, "VALID"),
            nn.conv3d_transpose(v, kernel("up", 2, 2, 2, 1, 2), [2, 8, 6, 10, 1], 2, "SAME"),
            nn.max_pool(x, 2, 2, "VALID"),
            nn.max_pool2d(x, [1, 3, 2, 1], [1, 2, 1, 1], "SAME"),
            nn.avg_pool(x, 3, 2, "SAME"),
            nn.avg_pool2d(x, 2, 3, "VALID"),
            nn.max_pool1d(t, 3, 2, "SAME"),
            nn.avg_pool1d(t, 2, 1, "VALID"),
            nn.max_pool3d(v, 2, 2, "SAME"),
            nn.avg_pool3d(v, 2, 1, "SAME"),
            nn.pool(x, [2, 2], "MAX", strides=[1, 1], dilations=[2, 2], padding="VALID"),
            nn.depth_to_space(x, 2),
            nn.bias_add(x, kernel("bias", 4)),
        ],
    )


def cases(add):
    for family in (convolutions, pools):
        family(add)
    add("window_nodes", keras_nodes, rows=2, keras=(3,), float64=False)
    add("patch_nodes", keras_patches, rows=2, keras=(3,))
    add("window_functions", tensorflow_nodes, rows=2, keras=(2,), float64=False)
