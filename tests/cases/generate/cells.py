"""RNN over cells that no single operation stands for: a registered custom cell, stacks that hold one, and built-in
cells with an activation that is more than a function of one number."""

from generate.building import KERAS, Input, L, Model, keras
from generate.oracle import tf
from generate.recurrent import as_states, with_holes

register = keras.saving.register_keras_serializable if KERAS == 3 else keras.utils.register_keras_serializable
CUSTOM = dict(
    custom_objects="Shop>MinimalGatedCell: a recurrent cell with the states h and m; config: units, decay; weights "
    "kernel (features, 2 units), recurrent_kernel (units, 2 units), bias (2 units), each of a forget gate f and a "
    "candidate c: f = sigmoid(x W + h U + b), c = tanh(x W + (f h) U + b), h = (1 - f) h + f c, "
    "m = decay m + (1 - decay) h; output: (h, m) side by side"
)


def sigmoid(x):
    return tf.sigmoid(x) if KERAS == 2 else keras.ops.sigmoid(x)


def tanh(x):
    return tf.tanh(x) if KERAS == 2 else keras.ops.tanh(x)


def matmul(a, b):
    return tf.matmul(a, b) if KERAS == 2 else keras.ops.matmul(a, b)


def side_by_side(a, b):
    return tf.concat([a, b], -1) if KERAS == 2 else keras.ops.concatenate([a, b], -1)


@register("Shop")
class MinimalGatedCell(L.Layer):
    """A minimal gated unit that also keeps a decaying mean of its state; the output is wider than either state."""

    def __init__(self, units, decay=0.5, **arguments):
        super().__init__(**arguments)
        self.units, self.decay = units, decay
        self.state_size, self.output_size = [units, units], 2 * units

    def build(self, shape):
        def weight(name, *sizes):
            return self.add_weight(name=name, shape=sizes, initializer="glorot_uniform" if len(sizes) > 1 else "zeros")

        self.kernel = weight("kernel", shape[-1], 2 * self.units)
        self.recurrent_kernel = weight("recurrent_kernel", self.units, 2 * self.units)
        self.bias = weight("bias", 2 * self.units)
        self.built = True

    def call(self, x, states):
        h, m = states
        given, n = matmul(x, self.kernel) + self.bias, self.units
        forget = sigmoid(given[:, :n] + matmul(h, self.recurrent_kernel[:, :n]))
        candidate = tanh(given[:, n:] + matmul(forget * h, self.recurrent_kernel[:, n:]))
        h = (1 - forget) * h + forget * candidate
        m = self.decay * m + (1 - self.decay) * h
        return side_by_side(h, m), [h, m]

    def get_config(self):
        return {**super().get_config(), "units": self.units, "decay": self.decay}


def every_way():
    x = Input((6, 3), name="x")
    cell = MinimalGatedCell
    return Model(
        x,
        [
            L.RNN(cell(4), name="last")(x),
            L.RNN(cell(3, 0.25), return_sequences=True, name="sequence")(x),
            L.RNN(cell(3), go_backwards=True, name="backwards")(x),
            L.RNN(cell(2), go_backwards=True, return_sequences=True, name="backwards_sequence")(x),
            L.RNN(cell(3, 0.75), unroll=True, name="unrolled")(x),
            L.Bidirectional(L.RNN(cell(2), return_sequences=True), name="both")(x),
        ],
    )


def masked():
    x = Input((6, 3), name="x")
    m, cell = L.Masking(name="masking")(x), MinimalGatedCell
    layers = [
        L.RNN(cell(4), name="last"),
        L.RNN(cell(3), return_sequences=True, name="sequence"),
        L.RNN(cell(2), go_backwards=True, return_sequences=True, name="backwards_sequence"),
        L.RNN(cell(3), return_sequences=True, zero_output_for_mask=True, name="zeros"),
        L.RNN(cell(3), zero_output_for_mask=True, name="zeros_last"),
        L.Bidirectional(L.RNN(cell(2)), name="both"),
        L.Bidirectional(L.RNN(cell(2), return_sequences=True), merge_mode="sum", name="both_sequence"),
    ]
    return Model(x, [layer(m) for layer in layers])


def stack():
    return [L.LSTMCell(4), MinimalGatedCell(3, 0.25), L.GRUCell(2)]


def stacked():
    x = Input((5, 3), name="x")
    return Model(
        x,
        [
            L.RNN(stack(), return_sequences=True, name="list")(x),
            L.RNN(L.StackedRNNCells([MinimalGatedCell(2), MinimalGatedCell(3)]), go_backwards=True, name="stacked")(x),
            L.RNN([MinimalGatedCell(3)], name="single")(x),
        ],
    )


def stacked_masked():
    x = Input((6, 3), name="x")
    return Model(x, L.RNN(stack(), return_sequences=True, name="y")(L.Masking()(x)))


def stacked_states():
    x = Input((6, 3), name="x")
    return Model(x, as_states(L.RNN(stack(), return_state=True, return_sequences=True, name="rnn")(L.Masking()(x))))


def from_states():
    x, states = Input((5, 3), name="x"), [Input((4,), name=f"state{i}") for i in range(2)]
    layer = L.RNN(MinimalGatedCell(4), return_state=True, return_sequences=True, name="rnn")
    return Model([x, *states], as_states(layer(x, initial_state=states)))


def stateful():
    x = Input(batch_shape=(3, 4, 2), name="x")
    y = L.RNN(MinimalGatedCell(3), stateful=True, return_sequences=True, name="first")(x)
    return Model(x, L.RNN([L.GRUCell(3), MinimalGatedCell(2)], stateful=True, name="y")(y))


def long():
    x = Input((None, 2), name="x")
    return Model(x, L.RNN(MinimalGatedCell(3, 0.9), name="y")(x))


def long_masked():
    x = Input((None, 2), name="x")
    m, cell = L.Masking(name="masking")(x), MinimalGatedCell
    layers = [
        L.RNN(cell(2), return_sequences=True, name="sequence"),
        L.RNN(cell(3), go_backwards=True, return_sequences=True, zero_output_for_mask=True, name="zeros"),
        L.RNN([L.LSTMCell(2), cell(2, 0.25)], return_state=True, name="stack"),
        L.Bidirectional(L.RNN(cell(2)), name="both"),
    ]
    results = [layer(m) for layer in layers]
    return Model(x, [y for result in results for y in (as_states(result) if isinstance(result, (list, tuple)) else [result])])


def long_with_holes(random):
    """Steps that are exactly zero are masked: a third of them, the first and the last of two rows, all of one row."""
    kept = random.random((4, 50)) > 0.3
    kept[1, 0] = kept[2, -1] = False
    kept[3] = False
    return (random.normal(0, 1, (4, 50, 2)) * kept[..., None]).astype("float32")


def activations():
    x = Input((5, 3), name="x")
    return Model(
        x,
        [
            L.LSTM(4, activation="softmax", return_sequences=True, name="lstm")(x),
            L.LSTM(3, recurrent_activation="softmax", name="lstm_gates")(x),
            L.GRU(4, activation="softmax", name="gru")(x),
            L.GRU(3, recurrent_activation="softmax", reset_after=False, name="gru_before")(x),
            L.GRU(3, activation="softmax", use_bias=False, go_backwards=True, return_sequences=True, name="gru_plain")(x),
            L.SimpleRNN(4, activation="softmax", return_sequences=True, name="simple")(x),
            L.RNN([L.LSTMCell(3), L.GRUCell(4, activation="softmax")], name="stack")(x),
        ],
    )


def activations_masked():
    x = Input((6, 3), name="x")
    m = L.Masking(name="masking")(x)
    return Model(
        x,
        [
            L.LSTM(4, activation="softmax", return_sequences=True, name="lstm")(m),
            *as_states(L.LSTM(3, activation="softmax", return_state=True, name="states")(m)),
            L.Bidirectional(L.GRU(3, activation="softmax", return_sequences=True), name="both")(m),
        ],
    )


def cases(add):
    add("rnn_custom_cell", every_way, formats=("keras", "h5"), **CUSTOM)
    add("rnn_custom_cell_masked", masked, feed=with_holes, **CUSTOM)
    add("rnn_custom_cell_stacked", stacked, **CUSTOM)
    add("rnn_custom_cell_stacked_masked", stacked_masked, feed=with_holes, **CUSTOM)
    add("rnn_custom_cell_stacked_states", stacked_states, feed=with_holes, **CUSTOM)
    add("rnn_custom_cell_initial_state", from_states, **CUSTOM)
    add("rnn_custom_cell_stateful", stateful, calls=3, **CUSTOM)
    add("rnn_custom_cell_long", long, feed=lambda random: random.normal(0, 1, (2, 200, 2)).astype("float32"), **CUSTOM)
    add("rnn_custom_cell_long_masked", long_masked, feed=long_with_holes, **CUSTOM)
    add("rnn_softmax_cells", activations)
    add("rnn_softmax_cells_masked", activations_masked, feed=with_holes)
