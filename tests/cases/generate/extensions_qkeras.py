"""QKeras: layers whose weights and results pass through quantisers, in both Kerases.

Results are rounded to steps, so a number at a boundary between two of them may go either way with the last bit of a sum. Inputs and
weights are drawn from a continuum here; the noise of a case is the difference that inputs moved by one unit in the last place make,
and a case where a number lies at a boundary shows as a large one (LOOK), to be given another name, which seeds other numbers.
"""

import importlib.util

from generate.building import KERAS, Input, L, Model, chain, keras

AVAILABLE = importlib.util.find_spec("qkeras") is not None
if AVAILABLE:
    import qkeras
    from qkeras import quantizers

    known = {name: value for module in (qkeras, quantizers) for name, value in vars(module).items() if isinstance(value, type)}
    functions = {name: getattr(quantizers, name) for name in ("hard_tanh", "smooth_tanh", "smooth_sigmoid", "binary_tanh")}
    keras.utils.get_custom_objects().update({**known, **functions})

if AVAILABLE and KERAS == 2:
    # QKeras 0.9.0 uses these functions under names that TensorFlow 2.15 does not have any more.
    from tensorflow.python.ops import array_ops, array_ops_stack
    from tensorflow.python.util import nest

    array_ops.stack, array_ops.unstack = array_ops_stack.stack, array_ops_stack.unstack
    nest.is_sequence = nest.is_nested

FORMATS = ("keras", "h5")


def quantised(kind, *positional, **arguments):
    return getattr(quantizers, kind)(*positional, **arguments)


def each(shape, table):
    """One output for each quantiser of the same input."""
    x = Input(shape, name="x")
    return Model(x, [qkeras.QActivation(quantiser(), name=name)(x) for name, quantiser in table.items()])


def activations(add):
    add(
        "qkeras_bits",
        lambda: each(
            (5, 6),
            {
                "plain": lambda: quantised("quantized_bits", bits=4),
                "integer": lambda: quantised("quantized_bits", bits=5, integer=2, symmetric=1),
                "unsigned": lambda: quantised("quantized_bits", bits=3, integer=1, keep_negative=False),
                "binary": lambda: quantised("quantized_bits", bits=1),
                "scaled": lambda: quantised("quantized_bits", bits=6, alpha=0.3),
                "noisy": lambda: quantised("quantized_bits", bits=4, qnoise_factor=0.25),
                "text": lambda: "quantized_bits(6, 1, 0, alpha=1.0)",
            },
        ),
        formats=FORMATS,
        float64=False,
    )
    add(
        "qkeras_relu",
        lambda: each(
            (5, 6),
            {
                "plain": lambda: quantised("quantized_relu", bits=4),
                "integer": lambda: quantised("quantized_relu", bits=5, integer=2),
                "slope": lambda: quantised("quantized_relu", bits=5, integer=1, negative_slope=0.25),
                "sigmoid": lambda: quantised("quantized_relu", bits=5, integer=2, use_sigmoid=1),
                "both": lambda: quantised("quantized_relu", bits=5, integer=1, use_sigmoid=1, negative_slope=0.5),
                "bounded": lambda: quantised("quantized_relu", bits=6, integer=3, relu_upper_bound=1.7),
                "text": lambda: "quantized_relu(6, negative_slope=0.25)",
            },
        ),
        formats=FORMATS,
        float64=False,
    )
    add(
        "qkeras_saturating",
        lambda: each(
            (5, 6),
            {
                "tanh": lambda: quantised("quantized_tanh", bits=4),
                "real_tanh": lambda: quantised("quantized_tanh", bits=6, use_real_tanh=True, symmetric=True),
                "sigmoid": lambda: quantised("quantized_sigmoid", bits=4),
                "real_sigmoid": lambda: quantised("quantized_sigmoid", bits=5, use_real_sigmoid=True, symmetric=True),
                "ulaw": lambda: quantised("quantized_ulaw", bits=5, integer=1),
                "hswish": lambda: quantised("quantized_hswish", bits=6, integer=2),
            }
            if hasattr(quantizers, "quantized_hswish")
            else {
                "tanh": lambda: quantised("quantized_tanh", bits=4),
                "real_sigmoid": lambda: quantised("quantized_sigmoid", bits=5, use_real_sigmoid=True, symmetric=True),
                "ulaw": lambda: quantised("quantized_ulaw", bits=5, integer=1),
            },
        ),
        float64=False,
    )
    add(
        "qkeras_po2",
        lambda: each(
            (5, 6),
            {
                "plain": lambda: quantised("quantized_po2", bits=4),
                "limited": lambda: quantised("quantized_po2", bits=4, max_value=0.8),
                "quadratic": lambda: quantised("quantized_po2", bits=5, quadratic_approximation=True),
                "floor": lambda: quantised("quantized_po2", bits=5, log2_rounding="floor"),
                "relu": lambda: quantised("quantized_relu_po2", bits=4),
                "slope": lambda: quantised("quantized_relu_po2", bits=4, negative_slope=0.25, max_value=1),
            },
        ),
        formats=("keras", "h5"),
        float64=False,
    )
    add(
        "qkeras_levels",
        lambda: each(
            (5, 6),
            {
                "binary": lambda: quantised("binary"),
                "zero_one": lambda: quantised("binary", use_01=True, alpha=0.7),
                "ternary": lambda: quantised("ternary"),
                "threshold": lambda: quantised("ternary", threshold=0.6, alpha=1.5),
                "stochastic_binary": lambda: quantised("stochastic_binary", alpha=1),
                "stochastic_ternary": lambda: quantised("stochastic_ternary", alpha=1),
            },
        ),
        formats=("keras", "h5"),
        float64=False,
    )
    names = ("hard_sigmoid", "smooth_sigmoid", "hard_tanh", "smooth_tanh", "binary_tanh", "relu", "softplus")
    add("qkeras_functions", lambda: each((5, 6), {name: lambda name=name: name for name in names}), float64=False)


def fitted(add):
    """Scales that are computed from the weights: they are constants of a file."""
    table = {
        "bits": lambda: quantised("quantized_bits", bits=4, alpha="auto"),
        "bits_po2": lambda: quantised("quantized_bits", bits=4, integer=1, alpha="auto_po2"),
        "bits_none": lambda: quantised("quantized_bits", bits=5),
        "binary": lambda: quantised("binary", alpha="auto"),
        "binary_po2": lambda: quantised("binary", alpha="auto_po2"),
        "ternary": lambda: quantised("ternary", alpha="auto"),
        "ternary_po2": lambda: quantised("ternary", alpha="auto_po2"),
        "stochastic": lambda: quantised("stochastic_ternary", alpha="auto"),
        "po2": lambda: quantised("quantized_po2", bits=4),
    }

    def build():
        x = Input((9,), name="x")
        layers = [qkeras.QDense(5, kernel_quantizer=quantiser(), use_bias=False, name=name) for name, quantiser in table.items()]
        return Model(x, [layer(x) for layer in layers])

    add("qkeras_fitted", build, formats=("keras",), float64=False)

    def convolved():
        x = Input((6, 5, 3), name="x")
        arguments = dict(kernel_size=(2, 3), use_bias=False)
        auto = qkeras.QConv2D(4, kernel_quantizer=quantised("quantized_bits", bits=4, alpha="auto"), name="auto", **arguments)
        po2 = qkeras.QConv2D(4, kernel_quantizer=quantised("quantized_bits", bits=3, alpha="auto_po2"), name="po2", **arguments)
        ternary = qkeras.QConv2D(4, kernel_quantizer=quantised("ternary", alpha="auto_po2"), name="ternary", **arguments)
        return Model(x, [layer(x) for layer in (auto, po2, ternary)])

    add("qkeras_fitted_kernels", convolved, float64=False)


def layers(add):
    def bits(bits=6, integer=0, alpha=1):
        return quantised("quantized_bits", bits=bits, integer=integer, alpha=alpha)

    add(
        "qkeras_dense",
        lambda: chain(
            (7,),
            qkeras.QDense(9, kernel_quantizer=bits(), bias_quantizer=bits(), activation="quantized_relu(6, 2)"),
            qkeras.QDense(6, kernel_quantizer="quantized_bits(5, 0, alpha=1)", activation=quantised("quantized_tanh", bits=5)),
            qkeras.QDense(5, activation="hard_tanh"),
            qkeras.QDense(4, kernel_quantizer=bits(8), bias_quantizer=quantised("quantized_po2", bits=4), activation="softmax", name="y"),
        ),
        formats=FORMATS,
        float64=False,
    )
    add(
        "qkeras_conv1d",
        lambda: chain(
            (9, 3),
            qkeras.QConv1D(4, 3, strides=2, padding="same", kernel_quantizer=bits(), bias_quantizer=bits(), activation="quantized_relu(5, 2)"),
            qkeras.QConv1D(5, 2, padding="causal" if KERAS == 2 else "valid", kernel_quantizer=bits(4), name="y"),
        ),
        float64=False,
        formats=("keras", "h5"),
    )
    add(
        "qkeras_conv2d",
        lambda: chain(
            (7, 6, 2),
            qkeras.QConv2D(3, (3, 2), kernel_quantizer=bits(), bias_quantizer=bits(4), activation=quantised("quantized_relu", bits=6, integer=2)),
            qkeras.QDepthwiseConv2D(2, padding="same", depth_multiplier=2, depthwise_quantizer=bits(5), bias_quantizer=bits()),
            qkeras.QConv2D(2, 3, dilation_rate=2, padding="same", kernel_quantizer=quantised("ternary", alpha=1, threshold=0.1), name="y"),
        ),
        float64=False,
        formats=FORMATS,
    )
    if KERAS == 2:
        add(
            "qkeras_separable",
            lambda: chain(
                (7, 6, 2),
                qkeras.QSeparableConv2D(3, 3, depthwise_quantizer=bits(), pointwise_quantizer=bits(4), bias_quantizer=bits()),
                L.Reshape((20, 3)),
                qkeras.QSeparableConv1D(4, 3, depthwise_quantizer=bits(), pointwise_quantizer=bits(4), name="y"),
            ),
            float64=False,
        )
        add(
            "qkeras_batch_normalization",
            lambda: chain((5, 4), qkeras.QBatchNormalization(name="y")),
            float64=False,
            formats=("keras", "h5"),
        )
        add(
            "qkeras_batch_normalization_bits",
            lambda: chain(
                (5, 4),
                qkeras.QBatchNormalization(
                    gamma_quantizer=bits(6, 1), beta_quantizer=None, mean_quantizer=bits(6, 1), variance_quantizer=bits(8, 2), name="y"
                ),
            ),
            float64=False,
        )
        folding = {"kernel_quantizer": bits(), "bias_quantizer": bits(8, 2)}
        add(
            "qkeras_folded",
            lambda: chain(
                (6, 5, 2),
                qkeras.QConv2DBatchnorm(3, (3, 2), **folding, activation="quantized_relu(6, 2)", folding_mode="batch_stats_folding"),
                qkeras.QDepthwiseConv2DBatchnorm(2, depth_multiplier=2, depthwise_quantizer=bits(5, 1), strides=2, padding="same"),
                qkeras.QConv2DBatchnorm(2, 2, use_bias=False, scale=False, padding="same", ema_freeze_delay=5, name="y"),
            ),
            float64=False,
            formats=("keras", "h5"),
        )
        add(
            "qkeras_in_activation",
            lambda: chain((5,), L.Dense(4), L.Activation(quantised("quantized_relu", bits=4, integer=1), name="y")),
            float64=False,
            formats=("h5",),
        )


def scaled(add):
    bits = lambda *arguments: quantised("quantized_bits", *arguments, alpha=1.0)  # noqa: E731
    add(
        "qkeras_scale_shift",
        lambda: chain(
            (4, 3),
            qkeras.QScaleShift(bits(5, 1), bits(5, 1), activation=quantised("quantized_relu", 6, 2)),
            qkeras.QScaleShift(quantised("quantized_bits", 4, 1), use_bias=False),
            qkeras.QScaleShift(),
        ),
        keras=(3,),
        formats=FORMATS,
        float64=False,
    )


def refused(add):
    add(
        "qkeras_bernoulli",
        lambda: chain((5,), qkeras.QActivation(quantised("bernoulli"), name="y")),
        formats=("h5",),
        expect_error="draws random numbers in each call",
    )


def means(add):
    def pooled():
        x = Input((5, 6, 3), name="x")
        bits = quantised("quantized_bits", bits=5, integer=0, alpha=1.0)
        rounded = qkeras.QAveragePooling2D((2, 3), average_quantizer=bits, activation="quantized_bits(6, 1, 1)", name="rounded")(x)
        plain = qkeras.QAveragePooling2D(2, padding="same", name="plain")(x)
        whole = qkeras.QGlobalAveragePooling2D(average_quantizer=bits, name="whole")(x)
        return Model(x, [rounded, plain, whole])

    add("qkeras_means", pooled, formats=FORMATS, float64=False, keras=(2,))


def recurrent(add):
    def bits(bits=6, integer=0):
        return quantised("quantized_bits", bits=bits, integer=integer, alpha=1)

    weights = lambda: {"kernel_quantizer": bits(), "recurrent_quantizer": bits(5), "bias_quantizer": bits()}  # noqa: E731
    tanh = "quantized_tanh(6)" if KERAS == 2 else "hard_tanh"

    def sequences(return_sequences):
        x = Input((5, 3), name="x")
        gates = {"recurrent_activation": "hard_tanh", "activation": tanh}
        both = {"return_sequences": return_sequences}
        return Model(
            x,
            [
                qkeras.QSimpleRNN(4, activation=tanh, state_quantizer=bits(7), name="simple", **weights(), **both)(x),
                qkeras.QLSTM(3, state_quantizer=bits(7), name="lstm", **gates, **weights(), **both)(x),
                qkeras.QGRU(3, state_quantizer=bits(7), name="gru", **gates, **weights(), **both)(x),
                qkeras.QGRU(2, reset_after=True, name="gru_after", **gates, **weights(), **both)(x),
            ],
        )

    add("qkeras_recurrent", lambda: sequences(True), formats=FORMATS, float64=False)
    add("qkeras_recurrent_last", lambda: sequences(False), float64=False)

    def combined():
        x = Input((5, 3), name="x")
        y = L.Masking(name="masking")(x)
        y = qkeras.QBidirectional(qkeras.QLSTM(3, return_sequences=True, activation=tanh, **weights()), name="both")(y)
        y, *states = qkeras.QGRU(2, return_sequences=True, return_state=True, activation=tanh, name="gru", **weights())(y)
        cells = [qkeras.QSimpleRNNCell(3, **weights()), qkeras.QLSTMCell(2, activation=tanh, **weights())]
        return Model(x, [L.RNN(cells, name="cells")(y), *states])

    add("qkeras_recurrent_combined", combined, float64=False, keras=(2,))
    add(
        "qkeras_transposed",
        lambda: chain(
            (4, 5, 2),
            qkeras.QConv2DTranspose(3, (3, 2), strides=2, padding="same", kernel_quantizer=bits(), bias_quantizer=bits(), name="y"),
            qkeras.QConv2DTranspose(2, 2, kernel_quantizer=bits(4), activation="quantized_relu(6, 2)", name="z"),
        ),
        formats=FORMATS,
        float64=False,
        level=1 / 16,  # of quantized_relu(6, 2)
    )


def cases(add):
    if not AVAILABLE:
        return
    recurrent(add)
    activations(add)
    fitted(add)
    layers(add)
    scaled(add)
    refused(add)
    means(add)
