"""Models of Keras's layers for generate_releases.py, and custom classes."""

import numpy as np
import tensorflow as tf

from releases.common import integers, keras, layer, model, normal, padded, padded_numbers, set_policy


def chain(x, *layers):
    for each in layers:
        x = each(x)
    return x


def functional(inputs, *layers, **options):
    return keras.Model(inputs, chain(inputs, *layers), **options)


@model(x=normal(3, 5))
def dense():
    x = keras.Input((5,), name="x")
    y = chain(x, layer("Dense", 6, activation="relu"), layer("BatchNormalization"), layer("Dropout", 0.3))
    return keras.Model(x, layer("Dense", 3, activation="softmax", name="y")(y))



@model(x=normal(3, 5))
def compiled():
    """With an optimizer's variables in the file."""
    x = keras.Input((5,), name="x")
    made = functional(x, layer("Dense", 4, activation="elu"), layer("Dense", 1, kernel_regularizer="l2", name="y"))
    made.compile("adam", "mse", metrics=["mae"])
    made.fit(np.ones((4, 5), "float32"), np.ones((4, 1), "float32"), verbose=0)
    return made


@model(x=normal(2, 12, 11, 3))
def conv2d():
    x = keras.Input((12, None, 3), name="x")
    first = [layer("Conv2D", 4, 3, strides=2, padding="same", use_bias=False), layer("BatchNormalization"), layer("ReLU", 6.0)]
    pooled = [layer("MaxPooling2D", 2), layer("Conv2D", 5, 2, dilation_rate=2, padding="same", activation="elu")]
    return functional(x, *first, *pooled, layer("AveragePooling2D", 2, 1, "same"), layer("GlobalAveragePooling2D", name="y"))


@model(x=normal(2, 5, 6, 3))
def transposed():
    x = keras.Input((5, 6, 3), name="x")
    up = [layer("Conv2DTranspose", 4, 3, strides=2, padding="same"), layer("UpSampling2D", 2, interpolation="bilinear")]
    sides = [layer("ZeroPadding2D", ((1, 0), (2, 1))), layer("Cropping2D", 2)]
    return functional(x, *up, *sides, layer("SeparableConv2D", 3, 3), layer("DepthwiseConv2D", 3, strides=2, name="y"))


@model(x=normal(2, 9, 3))
def conv1d():
    x = keras.Input((9, 3), name="x")
    layers = [layer("Conv1D", 4, 3, padding="causal", dilation_rate=2, activation="tanh"), layer("SeparableConv1D", 5, 2)]
    return functional(x, *layers, layer("AveragePooling1D", 2), layer("UpSampling1D", 2), layer("GlobalMaxPooling1D", name="y"))


@model(x=normal(2, 5, 5, 4, 2))
def conv3d():
    x = keras.Input((5, 5, 4, 2), name="x")
    layers = [layer("Conv3D", 3, 2, padding="same"), layer("MaxPooling3D", 2), layer("Conv3DTranspose", 2, 2, name="y")]
    return functional(x, *layers)


@model(x=padded_numbers(3, 5, 4))
def lstm_masked():
    x = keras.Input((None, 4), name="x")
    return functional(x, layer("Masking"), layer("LSTM", 3, return_sequences=True), layer("LSTM", 2, name="y"))


@model(x=padded(9, 3, 5))
def gru_masked():
    x = keras.Input((None,), dtype="int32", name="x")
    return functional(x, layer("Embedding", 9, 4, mask_zero=True), layer("GRU", 3, return_sequences=True), layer("GRU", 2, name="y"))


@model(x=padded(9, 3, 5))
def bidirectional():
    x = keras.Input((5,), dtype="int32", name="x")
    y = layer("Bidirectional", layer("LSTM", 3, return_sequences=True))(layer("Embedding", 9, 4, mask_zero=True)(x))
    return keras.Model(x, layer("Bidirectional", layer("GRU", 2), merge_mode="sum", name="y")(y))


@model(x=normal(2, 4, 3))
def cells():
    x = keras.Input((4, 3), name="x")
    y = layer("RNN", [layer("GRUCell", 3), layer("LSTMCell", 2)], return_sequences=True)(x)
    y = layer("TimeDistributed", layer("Dense", 3))(layer("SimpleRNN", 3, return_sequences=True, go_backwards=True)(y))
    return keras.Model(x, layer("LSTM", 2, return_state=True, name="y")(y))


@model(x=normal(2, 3, 5, 5, 2))
def conv_lstm():
    x = keras.Input((3, 5, 5, 2), name="x")
    return functional(x, layer("ConvLSTM2D", 3, 2, padding="same", return_sequences=True), layer("ConvLSTM2D", 2, 3, name="y"))


@model(x=padded(9, 3, 5))
def transformer():
    x = keras.Input((5,), dtype="int32", name="x")
    y = layer("Embedding", 9, 4, mask_zero=True)(x)
    y = layer("LayerNormalization")(layer("Add")([y, layer("MultiHeadAttention", 2, 3)(y, y)]))
    return keras.Model(x, layer("Dense", 3, activation="gelu", name="y")(layer("GlobalAveragePooling1D")(y)))


@model(k=normal(2, 4, 3), q=normal(2, 5, 3))
def attention():
    q, k = keras.Input((5, 3), name="q"), keras.Input((4, 3), name="k")
    both = layer("Concatenate")([layer("Attention", use_scale=True)([q, k]), layer("AdditiveAttention")([q, k])])
    return keras.Model([q, k], layer("Dot", (1, 1), name="y")([both, layer("Permute", (1, 2))(q)]))


@model(a=normal(2, 3), b=normal(2, 3), ids=integers(7, 2, 4))
def several():
    """Several inputs and outputs, and a model inside."""
    a, b, ids = keras.Input((3,), name="a"), keras.Input((3,), name="b"), keras.Input((4,), dtype="int32", name="ids")
    inner_input = keras.Input((3,))
    inner = keras.Model(inner_input, layer("Dense", 3, activation="sigmoid")(inner_input), name="inner")
    words = layer("Flatten")(layer("Embedding", 7, 2)(ids))
    joined = layer("Concatenate")([inner(a), layer("Subtract")([inner(b), a]), words])
    return keras.Model([a, b, ids], [layer("Dense", 2, name="left")(joined), layer("Maximum", name="right")([a, b])])


@model(x=normal(3, 4))
def activations():
    x = keras.Input((4,), name="x")
    names = ["relu", "selu", "softplus", "softsign", "hard_sigmoid", "exponential", "elu", "tanh"]
    named = [layer("Activation", name)(x) for name in names]
    return keras.Model(x, layer("Concatenate", name="y")([*named, layer("PReLU")(x), layer("LeakyReLU")(x), layer("Softmax")(x)]))


@model(x=normal(2, 4, 6))
def norms():
    x = keras.Input((4, 6), name="x")
    return functional(x, layer("LayerNormalization", axis=[1, 2]), layer("UnitNormalization"), layer("GroupNormalization", 3, name="y"))


@model(x=normal(3, 4))
def arithmetic():
    """Operations on the tensors of layers: TensorFlowOpLayer, later TFOpLambda, later operations of keras.ops."""
    x = keras.Input((4,), name="x")
    y = layer("Dense", 4)(x)
    return keras.Model(x, layer("Dense", 2, name="y")(abs(y * 2.0 - x) / (x[:, :1] ** 2 + 1.0)))


@model(x=normal(3, 4))
def lambdas():
    x = keras.Input((4,), name="x")
    return functional(x, layer("Lambda", lambda t: tf.nn.relu(t) * 2.0), layer("Dense", 3, name="y"))


@model(x=normal(4, 6))
def mixed_float16():
    set_policy("mixed_float16")
    x = keras.Input((6,), name="x")
    return functional(x, layer("Dense", 5, activation="relu"), layer("Dense", 3, dtype="float32", name="y"))


@model(x=normal(4, 6))
def float64():
    keras.backend.set_floatx("float64")
    x = keras.Input((6,), dtype="float32", name="x")
    return functional(x, layer("Dense", 5, activation="tanh"), layer("LayerNormalization", name="y"))


@model(age=normal(3, 1), name=normal(3, 2))
def dictionaries():
    given = {"age": keras.Input((1,), name="age"), "name": keras.Input((2,), name="name")}
    joined = layer("Concatenate")([given["age"], given["name"]])
    return keras.Model(given, {"score": layer("Dense", 1, name="score")(joined), "rank": layer("Dense", 2, name="rank")(joined)})
