"""Recurrent layers, their cells and wrappers, with and without masks."""

import numpy as np

from generate.building import KERAS, Input, L, Model, chain, keras, variants
from generate.oracle import flatten

KINDS = {"simple_rnn": L.SimpleRNN, "lstm": L.LSTM, "gru": L.GRU}
COMMON = {
    "last": dict(units=5),
    "sequence": dict(units=4, return_sequences=True),
    "backwards": dict(units=4, return_sequences=True, go_backwards=True),
    "backwards_last": dict(units=3, go_backwards=True),
    "no_bias": dict(units=3, use_bias=False),
    "relu": dict(units=4, activation="relu"),
    "linear": dict(units=2, activation="linear"),
    "one": dict(units=1, return_sequences=True),
    "unrolled": dict(units=3, unroll=True),
}
GATED = {
    **COMMON,
    "hard": dict(units=4, recurrent_activation="hard_sigmoid"),
    "odd": dict(units=3, activation="sigmoid", recurrent_activation="tanh"),
    "implementation1": dict(units=3, implementation=1),
}
if KERAS == 3:
    del GATED["implementation1"]
GRU = {
    **GATED,
    "reset_before": dict(units=4, reset_after=False),
    "reset_before_no_bias": dict(units=3, reset_after=False, use_bias=False),
    "reset_before_sequence": dict(units=3, reset_after=False, return_sequences=True, go_backwards=True),
}
TABLES = {
    "simple_rnn": COMMON,
    "lstm": {**GATED, "no_forget_bias": dict(units=3, unit_forget_bias=False)},
    "gru": GRU,
}

HOLES = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 0, 1, 0, 1], [0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]], bool)


def with_holes(random):
    """Steps that are exactly zero are masked: in the middle, at both ends, and everywhere."""
    return (random.normal(0, 1, (4, 6, 3)) * HOLES[..., None]).astype("float32")


def as_states(result):
    """Outputs of a layer with return_state as one flat list."""
    return flatten(list(result))


def with_state(kind):
    def build():
        x = Input((6, 3), name="x")
        return Model(x, as_states(kind(4, return_sequences=True, return_state=True, name="rnn")(x)))

    return build


def from_state(kind, count):
    def build():
        x, states = Input((6, 3), name="x"), [Input((4,), name=f"state{i}") for i in range(count)]
        return Model([x, *states], kind(4, return_sequences=True, name="y")(x, initial_state=states))

    return build


def encoder_decoder():
    x, y = Input((5, 3), name="source"), Input((4, 2), name="target")
    _, h, c = L.LSTM(6, return_state=True, name="encoder")(x)
    z = L.LSTM(6, return_sequences=True, name="decoder")(y, initial_state=[h, c])
    return Model([x, y], L.TimeDistributed(L.Dense(3, activation="softmax"), name="y")(z))


def masked(kind):
    """The same masked sequence with every way of returning results."""

    def build():
        x = Input((6, 3), name="x")
        m = L.Masking(name="masking")(x)
        layers = [
            kind(4, name="last"),
            kind(4, return_sequences=True, name="sequence"),
            kind(3, go_backwards=True, name="backwards"),
            kind(3, go_backwards=True, return_sequences=True, name="backwards_sequence"),
            L.Bidirectional(kind(3), name="both"),
            L.Bidirectional(kind(3, return_sequences=True), name="both_sequence"),
            L.RNN(cell_of(kind)(3), return_sequences=True, zero_output_for_mask=True, name="zeros"),
            L.RNN(cell_of(kind)(3), zero_output_for_mask=True, name="zeros_last"),
        ]
        return Model(x, [layer(m) for layer in layers])

    return build


def masked_unrolled(kind):
    """In an unrolled backward layer Keras applies the mask in forward order when it sets masked outputs to zero."""

    def build():
        x = Input((6, 3), name="x")
        m = L.Masking(name="masking")(x)
        layers = [
            kind(3, unroll=True, go_backwards=True, return_sequences=True, name="backwards_sequence"),
            L.Bidirectional(kind(3, unroll=True, return_sequences=True), name="both_sequence"),
            L.Bidirectional(kind(3, unroll=True), name="both"),
            L.RNN(
                cell_of(kind)(3),
                unroll=True,
                go_backwards=True,
                return_sequences=True,
                zero_output_for_mask=True,
                name="zeros",
            ),
        ]
        return Model(x, [layer(m) for layer in layers])

    return build


def cell_of(kind):
    return {L.SimpleRNN: L.SimpleRNNCell, L.LSTM: L.LSTMCell, L.GRU: L.GRUCell}[kind]


def masked_stack():
    """A mask through Embedding, LSTM backwards, Bidirectional and the mean."""
    x = Input((7,), dtype="int32", name="ids")
    y = L.Embedding(9, 4, mask_zero=True)(x)
    y = L.LSTM(5, return_sequences=True, go_backwards=True)(y)
    y = L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode="sum")(y)
    return Model(x, L.Dense(3, name="y")(L.GlobalAveragePooling1D(name="mean")(y)))


def padded_ids(random):
    ids = random.integers(1, 9, (4, 7))
    ids[0, 5:], ids[1, :3], ids[2, 2:4] = 0, 0, 0
    return ids.astype("int32")


def single_kinds(add):
    for name, kind in KINDS.items():
        add(name, lambda: variants(kind, (6, 3), TABLES[name]))
        add(f"{name}_return_state", with_state(kind))
        add(f"{name}_initial_state", from_state(kind, 2 if name == "lstm" else 1))
        add(f"{name}_masked", masked(kind), feed=with_holes)
        add(f"{name}_masked_unrolled", masked_unrolled(kind), feed=with_holes)
        add(
            f"{name}_stacked",
            lambda: chain(
                (None, 3), kind(5, return_sequences=True), L.Dropout(0.3), kind(4), L.Dense(2, name="y")
            ),
            formats=("keras", "h5") if name == "gru" else ("keras",),
        )
        add(f"{name}_one_step", lambda: chain((1, 1), kind(1, name="y")), rows=2)
        for units in (31, 32, 33):
            add(f"{name}_{units}", lambda: chain((5, 7), kind(units, name="y")), rows=units // 8)
    add("lstm_long", lambda: chain((100, 8), L.LSTM(16, return_sequences=True), L.LSTM(8, name="y")), rows=2)
    add(
        "lstm_time_major",
        lambda: variants(L.LSTM, (6, 3), {"y": dict(units=4, time_major=True, return_sequences=True)}),
        keras=(2,),
        notes="The first axis is time, the second the batch.",
    )
    add("lstm_no_rows", lambda: chain((4, 3), L.LSTM(5, name="y")), rows=0, keras=(2,))  # Keras 3 fails here
    add("lstm_encoder_decoder", encoder_decoder, formats=("keras", "h5"))
    add("rnn_masked_stack", masked_stack, feed=padded_ids, formats=("keras", "h5"))


def cells_in_rnn():
    x = Input((6, 3), name="x")
    layers = [
        L.RNN(L.LSTMCell(4), name="lstm"),
        L.RNN(L.GRUCell(4, reset_after=False), return_sequences=True, name="gru"),
        L.RNN(L.SimpleRNNCell(4), go_backwards=True, return_sequences=True, name="simple"),
        L.RNN(L.GRUCell(3), unroll=True, name="unrolled"),
    ]
    return Model(x, [layer(x) for layer in layers])


def stacked_cells():
    x = Input((6, 3), name="x")
    cells = [L.LSTMCell(4), L.GRUCell(5), L.SimpleRNNCell(3)]
    return Model(
        x,
        [
            L.RNN(cells, return_sequences=True, name="list")(x),
            L.RNN(L.StackedRNNCells([L.LSTMCell(3), L.LSTMCell(2)]), name="stacked")(x),
        ],
    )


def stacked_cells_masked():
    x = Input((6, 3), name="x")
    return Model(x, L.RNN([L.LSTMCell(4), L.GRUCell(5)], return_sequences=True, name="y")(L.Masking()(x)))


def stacked_cells_state():
    x = Input((6, 3), name="x")
    return Model(x, as_states(L.RNN([L.LSTMCell(4), L.GRUCell(5)], return_state=True, name="rnn")(x)))


def bare_cell():
    """A cell called directly computes one step."""
    x, h, c = Input((3,), name="x"), Input((4,), name="h"), Input((4,), name="c")
    return Model([x, h, c], as_states(L.LSTMCell(4, name="cell")(x, [h, c])))


def cells(add):
    add("rnn_cells", cells_in_rnn, formats=("keras", "h5"))
    add("rnn_stacked_cells", stacked_cells, formats=("keras", "h5"))
    add("rnn_stacked_cells_masked", stacked_cells_masked, feed=with_holes)
    add("rnn_stacked_cells_state", stacked_cells_state)
    add("rnn_bare_cell", bare_cell)


def merged(kind):
    def build():
        x = Input((6, 3), name="x")
        layers = [
            L.Bidirectional(
                kind(4, return_sequences=s), merge_mode=m, name=f"{m}_{'sequence' if s else 'last'}"
            )
            for m in ("concat", "sum", "ave", "mul")
            for s in (False, True)
        ]
        return Model(x, [layer(x) for layer in layers])

    return build


def unmerged():
    x = Input((6, 3), name="x")
    return Model(
        x, as_states(L.Bidirectional(L.GRU(4, return_sequences=True), merge_mode=None, name="both")(x))
    )


def two_directions():
    x = Input((6, 3), name="x")
    backward = L.GRU(5, go_backwards=True, return_sequences=True)
    return Model(x, L.Bidirectional(L.LSTM(4, return_sequences=True), backward_layer=backward, name="y")(x))


def both_states():
    x = Input((6, 3), name="x")
    return Model(x, as_states(L.Bidirectional(L.LSTM(4, return_state=True), name="both")(x)))


def both_from_states():
    x, states = Input((6, 3), name="x"), [Input((4,), name=f"state{i}") for i in range(4)]
    return Model(
        [x, *states], L.Bidirectional(L.LSTM(4, return_sequences=True), name="y")(x, initial_state=states)
    )


def both_of_cells():
    """Bidirectional overrides zero_output_for_mask: False here, because only last outputs are returned."""
    x = Input((6, 3), name="x")
    m = L.Masking(name="masking")(x)
    layers = [
        L.Bidirectional(L.RNN(L.LSTMCell(4), zero_output_for_mask=True), name="lstm"),
        L.Bidirectional(L.RNN([L.GRUCell(3), L.SimpleRNNCell(2)], zero_output_for_mask=True), name="stacked"),
        L.Bidirectional(L.RNN(L.GRUCell(3), return_sequences=True), name="sequence"),
    ]
    return Model(x, [layer(m) for layer in layers])


def from_states_masked():
    """Keras 3 passes a mask on if the sequence is the only tensor of the call: not with states, unless the mask is an argument."""
    x, h = Input((6, 3), name="x"), Input((4,), name="state")
    m = L.Masking(name="masking")(x)
    later = L.GRU(4, return_sequences=True, name="later")(m, initial_state=h)
    outputs = [
        L.GRU(4, name="gru")(m, initial_state=h),
        L.GRU(3, name="behind")(later),
        L.LSTM(4, name="lstm")(m, initial_state=[h, h]),
        L.RNN(L.LSTMCell(4), name="cell")(m, initial_state=[h, h]),
        L.Bidirectional(L.GRU(4, return_sequences=True), name="both")(m, initial_state=[h, h]),
    ]
    if KERAS == 3:
        named = keras.ops.any(keras.ops.not_equal(x, 0.0), axis=-1)
        outputs.append(L.GRU(4, name="named")(m, initial_state=h, mask=named))
        outputs.append(L.Bidirectional(L.GRU(4), name="both_named")(m, initial_state=[h, h], mask=named))
    return Model([x, h], outputs)


def sequence_and_state(random):
    return [with_holes(random), random.normal(0, 1, (4, 4)).astype("float32")]


def distributed():
    x, image = Input((4, 6), name="x"), Input((3, 5, 4, 2), name="images")
    conv = L.TimeDistributed(L.Conv2D(3, 3, padding="same", activation="relu"), name="conv")(image)
    flat = L.TimeDistributed(L.Flatten(), name="flat")(
        L.TimeDistributed(L.MaxPooling2D(2), name="pool")(conv)
    )
    return Model(
        [x, image],
        [
            L.TimeDistributed(L.Dense(5), name="dense")(x),
            L.LSTM(4, name="lstm")(flat),
            L.TimeDistributed(L.BatchNormalization(), name="bn")(conv),
        ],
    )


def distributed_model():
    inner = keras.Sequential([Input((6,)), L.Dense(4, activation="relu"), L.Dense(2)], name="inner")
    x = Input((None, 6), name="x")
    return Model(x, L.TimeDistributed(inner, name="y")(x))


def distributed_masked():
    x = Input((6, 3), name="x")
    return Model(
        x, L.LSTM(4, name="y")(L.TimeDistributed(L.Dense(5, activation="tanh"), name="dense")(L.Masking()(x)))
    )


def wrappers(add):
    for name, kind in KINDS.items():
        add(f"bidirectional_{name}", merged(kind), rows=2)
    add("bidirectional_unmerged", unmerged)
    add("bidirectional_two_directions", two_directions, formats=("keras", "h5"))
    add("bidirectional_states", both_states)
    add("bidirectional_initial_state", both_from_states)
    add("rnn_initial_state_masked", from_states_masked, feed=sequence_and_state)
    add("bidirectional_cells_masked", both_of_cells, feed=with_holes)
    add(
        "bidirectional_stacked",
        lambda: chain(
            (None, 3),
            L.Bidirectional(L.GRU(4, return_sequences=True)),
            L.Bidirectional(L.LSTM(3)),
            L.Dense(2, name="y"),
        ),
    )
    add("time_distributed", distributed, rows=2, formats=("keras", "h5"))
    add("time_distributed_model", distributed_model)
    add("time_distributed_masked", distributed_masked, feed=with_holes)


def stateful(kind, batch=3):
    def build():
        x = Input(batch_shape=(batch, 4, 2), name="x")
        y = kind(5, stateful=True, return_sequences=True, name="first")(x)
        return Model(x, L.Dense(2, name="y")(kind(4, stateful=True, name="second")(y)))

    return build


def stateful_beside_data():
    """A stateful layer before and behind numbers of which data decide how many there are."""
    import tensorflow as tf

    x = Input(batch_shape=(3, 4, 2), name="x")
    y = L.GRU(5, stateful=True, return_sequences=True, name="first")(x)
    positive = tf.boolean_mask(tf.reshape(y, [-1]), tf.reshape(y, [-1]) > 0.0)
    y = L.LSTM(4, stateful=True, name="second")(y * tf.reduce_sum(positive))
    return Model(x, L.Dense(2, name="y")(y))


def states(add):
    for name, kind in KINDS.items():
        add(f"stateful_{name}", stateful(kind), calls=3)
    if KERAS == 2:
        add("stateful_beside_data", stateful_beside_data, calls=3)


def cases(add):
    for family in (single_kinds, cells, wrappers, states):
        family(add)
