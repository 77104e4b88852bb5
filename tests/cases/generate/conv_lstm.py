"""ConvLSTM1D, ConvLSTM2D and ConvLSTM3D: every argument, masks of steps and of single pixels, states and wrappers."""

import numpy as np

from generate.building import KERAS, Input, L, Model, chain, variants
from generate.recurrent import as_states

IMAGES = (4, 5, 4, 2)
BY_AXES = {1: (L.ConvLSTM1D, (4, 6, 2)), 2: (L.ConvLSTM2D, IMAGES), 3: (L.ConvLSTM3D, (3, 3, 4, 2, 2))}
TABLE = {
    "last": {},
    "sequence": dict(return_sequences=True, padding="same"),
    "backwards": dict(return_sequences=True, go_backwards=True),
    "backwards_last": dict(go_backwards=True, padding="SAME"),
    "strided": dict(strides=2, padding="same", return_sequences=True),
    "strided_valid": dict(strides=2),
    "dilated": dict(dilation_rate=2, padding="same"),
    "no_bias": dict(use_bias=False, padding="same"),
    "no_forget_bias": dict(unit_forget_bias=False),
    "hard": dict(activation="relu", recurrent_activation="hard_sigmoid"),
    "softmax": dict(activation="softmax", padding="same"),
    "dropped": dict(dropout=0.3, recurrent_dropout=0.2),
}
PLANE = {
    "wide": dict(kernel_size=(2, 3), padding="same", return_sequences=True),
    "uneven": dict(kernel_size=(1, 3), strides=(2, 1)),
}


def table_of(axes):
    """Kernels of two taps: their `same` padding is not symmetric."""
    rows = {**TABLE, **(PLANE if axes == 2 else {})}
    if axes == 3:
        rows = {name: rows[name] for name in ("last", "sequence", "backwards", "strided", "no_bias")}
        if KERAS == 3:
            rows["dilated"] = TABLE["dilated"]
    return {name: dict(filters=3, **{"kernel_size": 2, **arguments}) for name, arguments in rows.items()}


FIRST = {
    "sequence": dict(return_sequences=True, padding="same"),
    "softmax": dict(activation="softmax"),
    "backwards": dict(go_backwards=True, strides=2),
}


def first():
    return variants(
        L.ConvLSTM2D,
        (4, 2, 5, 3),
        {name: dict(filters=2, kernel_size=2, data_format="channels_first", **row) for name, row in FIRST.items()},
    )


def holes(random):
    """Whole steps that are zero, one row that is zero throughout, and single pixels that are zero."""
    x = random.normal(0, 1, (4, *IMAGES)).astype("float32")
    x[0, 1], x[1, :2], x[2] = 0, 0, 0
    x[3, 2, 1:3, 1], x[3, 0, 0, 0] = 0, 0
    return x


def masked_pixels():
    """Masking gives a mask of pixels, and Keras keeps the state of each masked pixel."""
    x = Input(IMAGES, name="x")
    m = L.Masking(name="masking")(x)
    layers = [
        L.ConvLSTM2D(2, 3, padding="same", name="last"),
        L.ConvLSTM2D(2, 3, padding="same", return_sequences=True, name="sequence"),
        L.ConvLSTM2D(2, 2, padding="same", go_backwards=True, return_sequences=True, name="backwards"),
        L.Bidirectional(L.ConvLSTM2D(2, 3, padding="same", return_sequences=True), name="both"),
    ]
    return Model(x, [layer(m) for layer in layers])


def masked_steps():
    x, mask = Input(IMAGES, name="x"), Input((4,), dtype="bool", name="mask")
    arguments = dict(filters=2, kernel_size=2)
    layers = [
        L.ConvLSTM2D(**arguments, name="last"),
        L.ConvLSTM2D(**arguments, return_sequences=True, name="sequence"),
        L.ConvLSTM2D(**arguments, return_sequences=True, go_backwards=True, name="backwards"),
        L.Bidirectional(L.ConvLSTM2D(**arguments, return_sequences=True), name="both"),
        L.Bidirectional(L.ConvLSTM2D(**arguments), merge_mode="sum", name="both_last"),
    ]
    if KERAS == 3:
        layers.append(L.ConvLSTM2D(**arguments, unroll=True, return_sequences=True, name="unrolled"))
    return Model([x, mask], [layer(x, mask=mask) for layer in layers])


def steps_feed(random):
    mask = np.array([[1, 1, 1, 1], [1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]], bool)
    return [random.normal(0, 1, (4, *IMAGES)).astype("float32"), mask]


def with_state():
    x = Input(IMAGES, name="x")
    layer = L.ConvLSTM2D(3, 3, return_sequences=True, return_state=True, name="layer")
    both = L.Bidirectional(L.ConvLSTM2D(2, 3, padding="same", return_state=True), name="both")
    return Model(x, [*as_states(layer(x)), *as_states(both(x))])


def from_state():
    x, h, c = Input(IMAGES, name="x"), Input((4, 3, 3), name="h"), Input((4, 3, 3), name="c")
    return Model([x, h, c], L.ConvLSTM2D(3, 2, return_sequences=True, name="y")(x, initial_state=[h, c]))


def wrapped():
    x = Input(IMAGES, name="x")
    layers = [
        L.Bidirectional(L.ConvLSTM2D(2, 3, return_sequences=True), name="concat"),
        L.Bidirectional(L.ConvLSTM2D(2, 3), merge_mode="mul", name="mul"),
        L.Bidirectional(
            L.ConvLSTM2D(2, 3, return_sequences=True),
            backward_layer=L.ConvLSTM2D(3, 3, return_sequences=True, go_backwards=True),
            name="two",
        ),
        L.TimeDistributed(L.ConvLSTM1D(2, 3), name="each"),
    ]
    return Model(x, [layer(x) for layer in layers])


def stateful():
    x = Input(batch_shape=(2, 3, 4, 4, 2), name="x")
    y = L.ConvLSTM2D(2, 2, strides=2, padding="same", stateful=True, return_sequences=True, name="first")(x)
    return Model(x, L.ConvLSTM2D(3, 2, stateful=True, name="y")(y))


def time_major():
    """Keras 2 reads the argument and ignores it."""
    x = Input((4, 5, 3), name="x")
    layers = [
        L.ConvLSTM1D(2, 2, time_major=True, name="last"),
        L.ConvLSTM1D(2, 2, time_major=True, return_sequences=True, name="sequence"),
    ]
    return Model(x, [layer(x) for layer in layers])


def stacked():
    """From frames to the next frame; any number of frames."""
    return chain(
        (None, 6, 5, 1),
        L.ConvLSTM2D(4, (3, 3), padding="same", return_sequences=True),
        L.BatchNormalization(),
        L.ConvLSTM2D(3, (3, 3), padding="same", return_sequences=True),
        L.Conv3D(1, (3, 3, 3), activation="sigmoid", padding="same", name="y"),
    )


def cases(add):
    for axes, (layer, shape) in BY_AXES.items():
        add(f"conv_lstm{axes}d", lambda: variants(layer, shape, table_of(axes)), rows=2)
    add("conv_lstm_first", first, rows=2, xla=True)
    add("conv_lstm_masked_pixels", masked_pixels, feed=holes)
    add("conv_lstm_masked_steps", masked_steps, feed=steps_feed)
    add("conv_lstm_return_state", with_state, rows=2)
    add("conv_lstm_initial_state", from_state, rows=2)
    add("conv_lstm_wrapped", wrapped, rows=2, formats=("keras", "h5"))
    add("conv_lstm_stateful", stateful, rows=2, calls=3)
    add("conv_lstm_time_major", time_major, keras=(2,), rows=3)
    add("conv_lstm_stacked", stacked, rows=2, formats=("keras", "h5", "json"))
