"""Layers that hold one node of a TensorFlow graph, as Keras in TensorFlow 2.0 to 2.3 saved what functions of tensors computed.

Keras 2.15 still has the class. Each node is taken from a graph that holds the operation; inputs that are constants there are
constants of the layer.
"""

import inspect

import numpy as np

from generate.building import Input, Model
from generate.oracle import KERAS, tf

if KERAS == 2:
    from google.protobuf import json_format
    from keras.src.backend import unique_object_name
    from keras.src.engine.base_layer import TensorFlowOpLayer


def node(operation, *inputs, binary=False, **attributes):
    """The results of the raw operation for Keras's tensors and arrays, as such a layer returns them."""
    graph = tf.Graph()
    parameters = list(inspect.signature(getattr(tf.raw_ops, operation)).parameters)
    with graph.as_default():
        flat, given, places = [], {}, {}

        def stand_in(value):
            if hasattr(value, "_keras_history"):
                stands = tf.compat.v1.placeholder(value.dtype, value.shape)
                flat.append(value)
                return stands
            stands = tf.constant(value)
            places[stands.name] = value
            return stands

        for parameter, value in zip(parameters, inputs):
            given[parameter] = [stand_in(v) for v in value] if isinstance(value, list) else stand_in(value)
        result = getattr(tf.raw_ops, operation)(**given, **attributes)
    first = result
    while isinstance(first, (list, tuple)):
        first = first[0]
    definition = first.op.node_def
    constants = {i: np.asarray(places[t.name]) for i, t in enumerate(first.op.inputs) if t.name in places}
    name = unique_object_name(operation.lower(), zero_based=True)
    written = definition.SerializeToString().decode("utf-8") if binary else json_format.MessageToDict(definition)
    layer = TensorFlowOpLayer(written, name, constants)
    return layer(flat if len(flat) > 1 else flat[0])


def elementwise():
    x = Input((4,), name="x")
    y = Input((4,), name="y")
    plain = "Abs Atan Ceil Cos Elu Erf Erfc Exp Floor IsNan LeakyRelu LogSoftmax Neg Relu Relu6 Rint Round Selu Sigmoid Sign Sin"
    plain += " Softmax Softplus Softsign Square StopGradient Tan Tanh ZerosLike OnesLike Expm1 Identity"
    two = "Add AddV2 Atan2 DivNoNan Equal FloorDiv FloorMod Greater LessEqual Maximum Minimum Mul NotEqual RealDiv SquaredDifference"
    two += " Sub Xdivy MulNoNan"
    outputs = [node(name, x) for name in plain.split()] + [node(name, x, y) for name in two.split()]
    outputs += [node(name, node("Abs", x)) for name in "Sqrt Log1p".split()]
    outputs += [
        node("LeakyRelu", x, alpha=0.3),
        node("Mul", x, np.float32(2)),
        node("Sub", np.array([1, 2, 3, 4], "float32"), x),
        node("AddN", [x, y, x]),
        node("ClipByValue", x, np.float32(-0.5), np.float32(1)),
        node("SelectV2", node("Greater", x, y), x, np.float32(7)),
        node("Cast", x, DstT=tf.int32),
        node("Pow", node("Abs", x), np.float32(1.5)),
        node("L2Loss", x),
    ]
    return Model([x, y], outputs)


def choices():
    x = Input((4,), name="x")
    flags = Input((), dtype="bool", name="flags")
    whole = Input((3,), dtype="int32", name="whole")
    other = node("LogicalNot", flags)
    return Model(
        [x, flags, whole],
        [
            node("Select", flags, x, node("Neg", x)),
            node("LogicalOr", flags, other),
            node("BitwiseAnd", whole, np.int32(6)),
            node("LeftShift", whole, np.int32(2)),
            node("Invert", whole),
            node("FloorDiv", whole, np.int32(-2)),
            node("OneHot", whole, np.int32(5), np.float32(2), np.float32(-1), axis=1),
            node("OneHot", whole, np.int32(4), np.int32(1), np.int32(0)),
        ],
    )


def along_axes():
    x = Input((3, 4), name="x")
    outputs = [node(name, x, np.int32(1)) for name in "Mean Max Min Prod Sum ArgMax ArgMin Cumsum Cumprod".split()]
    outputs += [
        node("Mean", x, np.array([1, 2], "int32"), keep_dims=True),
        node("Sum", x, np.array([-1], "int32")),
        node("ArgMax", x, np.int32(-1), output_type=tf.int32),
        node("Cumsum", x, np.int32(2), exclusive=True, reverse=True),
        *node("TopKV2", x, np.int32(2)),
        node("Any", node("Greater", x, np.float32(1)), np.int32(1)),
        node("All", node("Greater", x, np.float32(-1)), np.int32(1), keep_dims=True),
    ]
    return Model(x, outputs)


def shapes():
    x = Input((3, 4), name="x")
    y = Input((3, 1, 4), name="y")
    image = Input((4, 6, 4), name="image")
    int32 = lambda *numbers: np.array(numbers, "int32")
    return Model(
        [x, y, image],
        [
            node("Reshape", x, int32(-1, 6, 2)),
            node("Transpose", x, int32(0, 2, 1)),
            node("ExpandDims", x, np.int32(-1)),
            node("Squeeze", y, axis=[2]),
            node("Squeeze", y),
            node("ConcatV2", [x, node("Squeeze", y, axis=[-2]), x], np.int32(1)),
            node("Pack", [x, x], axis=2),
            *node("Unpack", x, num=3, axis=1),
            *node("Split", np.int32(2), x, num_split=2),
            *node("SplitV", x, int32(1, -1), np.int32(2), num_split=2),
            node("Pad", x, np.array([[0, 0], [1, 2], [0, 1]], "int32")),
            node("PadV2", x, np.array([[0, 0], [1, 2], [0, 1]], "int32"), np.float32(-3)),
            node("MirrorPad", x, np.array([[0, 0], [1, 2], [2, 1]], "int32"), mode="REFLECT"),
            node("MirrorPad", x, np.array([[0, 0], [1, 2], [2, 1]], "int32"), mode="SYMMETRIC"),
            node("Tile", x, int32(1, 2, 3)),
            node("GatherV2", x, int32(2, 0), np.int32(1)),
            node("StridedSlice", x, int32(0, -1), int32(0, 1), int32(1, 1), begin_mask=1, end_mask=1, shrink_axis_mask=2),
            node("StridedSlice", x, int32(0, 0, 3), int32(0, 0, 0), int32(1, 1, -2), begin_mask=1, end_mask=5, ellipsis_mask=2),
            node("StridedSlice", x, int32(0, 0, 1), int32(0, 0, 3), int32(1, 1, 1), begin_mask=1, end_mask=1, new_axis_mask=2),
            node("Slice", x, int32(0, 1, 2), int32(-1, 2, 2)),
            node("ReverseV2", x, int32(1, 2)),
            node("Roll", x, int32(1, 2), int32(1, 2)),
            node("SpaceToDepth", image, block_size=2),
            node("DepthToSpace", image, block_size=2),
            node("SpaceToBatchND", image, int32(2, 3), np.zeros((2, 2), "int32")),
            node("Shape", x),
            node("Size", x),
            node("Rank", x),
            node("Fill", int32(2, 3), node("StridedSlice", x, int32(0, 0, 0), int32(1, 1, 1), int32(1, 1, 1), shrink_axis_mask=7)),
        ],
    )


def windows():
    random = np.random.default_rng(3)
    real = lambda *shape: random.normal(size=shape).astype("float32")
    x = Input((6, 5, 3), name="x")
    small = Input((3, 4), name="small")
    positive = real(3) ** 2
    return Model(
        [x, small],
        [
            node("Conv2D", x, real(3, 2, 3, 4), strides=[1, 2, 1, 1], padding="SAME"),
            node("Conv2D", x, real(2, 2, 3, 2), strides=[1, 1, 1, 1], padding="VALID", dilations=[1, 2, 2, 1]),
            node("DepthwiseConv2dNative", x, real(3, 3, 3, 2), strides=[1, 1, 1, 1], padding="SAME"),
            node("BiasAdd", x, real(3)),
            node("MaxPool", x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID"),
            node("AvgPool", x, ksize=[1, 3, 2, 1], strides=[1, 1, 2, 1], padding="SAME"),
            node("FusedBatchNormV3", x, real(3), real(3), real(3), positive, epsilon=0.01, is_training=False)[0],
            node("ResizeBilinear", x, np.array([9, 3], "int32"), half_pixel_centers=True),
            node("ResizeBilinear", x, np.array([9, 3], "int32")),
            node("ResizeBilinear", x, np.array([4, 9], "int32"), align_corners=True),
            node("ResizeNearestNeighbor", x, np.array([9, 3], "int32")),
            node("ResizeNearestNeighbor", x, np.array([4, 9], "int32"), align_corners=True),
            node("ResizeNearestNeighbor", x, np.array([4, 9], "int32"), half_pixel_centers=True),
            node("ResizeArea", x, np.array([4, 3], "int32")),
            node("ResizeBicubic", x, np.array([7, 3], "int32"), half_pixel_centers=True),
            node("LRN", x, depth_radius=1, bias=1.5, alpha=0.3, beta=0.75),
            node("MatMul", node("Reshape", small, np.array([-1, 4], "int32")), real(5, 4), transpose_b=True),
            node("BatchMatMulV2", small, small, adj_y=True),
            node("Einsum", [small, small], equation="bij,bkj->bik"),
            node("ExtractImagePatches", x, ksizes=[1, 2, 2, 1], strides=[1, 2, 2, 1], rates=[1, 1, 1, 1], padding="VALID"),
        ],
    )


def as_bytes():
    """The definition as the text of its bytes, as files of TensorFlow 1.15 may contain it."""
    x = Input((3, 4), name="x")
    return Model(
        x,
        [
            node("Transpose", x, np.array([0, 2, 1], "int32"), binary=True),
            node("Squeeze", node("ExpandDims", x, np.int32(2), binary=True), axis=[2], binary=True),
            node("LeakyRelu", x, alpha=0.5, binary=True),
            node("Cast", x, DstT=tf.float16, binary=True),
        ],
    )


def cases(add):
    plain = {"float64": False, "keras": (2,)}
    feed_flags = lambda random: [
        random.normal(size=(5, 4)).astype("float32"),
        np.array([True, False, False, True, True]),
        random.integers(0, 4, (5, 3)).astype("int32"),
    ]
    add("node_elementwise", elementwise, **plain)
    add("node_choices", choices, feed=feed_flags, **plain)
    add("node_axes", along_axes, **plain)
    add("node_shapes", shapes, **plain)
    add("node_windows", windows, **plain, atol=1e-5)
    add("node_bytes", as_bytes, **plain)
