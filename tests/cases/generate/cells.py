"""RNN over cells that no single operation computes: a registered custom cell, stacks that contain one, and built-in cells with
an activation that is more than a function of one number."""

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


def where(condition, a, b):
    return tf.where(condition, a, b) if KERAS == 2 else keras.ops.where(condition, a, b)


def stacked_steps(steps):
    return tf.stack(steps, 1) if KERAS == 2 else keras.ops.stack(steps, 1)


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


@register("Shop")
class MinimalGatedUnit(L.RNN):
    """The cell's layer, which constructs the cell itself, as LSTM constructs an LSTMCell."""

    def __init__(self, units, decay=0.5, **arguments):
        super().__init__(MinimalGatedCell(units, decay, name="cell"), **arguments)

    def get_config(self):
        config = super().get_config()
        del config["cell"]
        return {**config, "units": self.cell.units, "decay": self.cell.decay}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@register("Shop")
class SmoothedSteps(L.Layer):
    """A custom recurrence without a cell: s = s + rate (x - s), from scale * bias; a masked step keeps s."""

    def __init__(self, return_sequences=False, go_backwards=False, **arguments):
        super().__init__(**arguments)
        self.return_sequences, self.go_backwards, self.supports_masking = return_sequences, go_backwards, True

    def build(self, shape):
        self.rate = self.add_weight(name="rate", shape=(shape[-1],), initializer="ones")
        self.bias = self.add_weight(name="bias", shape=(shape[-1],), initializer="ones")
        self.built = True

    def call(self, x, mask=None):
        state, states = self.bias + 0 * x[:, 0], []
        steps = range(x.shape[1])
        for t in reversed(steps) if self.go_backwards else steps:
            after = state + self.rate * (x[:, t] - state)
            state = after if mask is None else where(mask[:, t, None], after, state)
            states.append(state)
        return stacked_steps(states) if self.return_sequences else state

    def compute_mask(self, x, mask=None):
        return mask if self.return_sequences else None

    def get_config(self):
        return {**super().get_config(), "return_sequences": self.return_sequences, "go_backwards": self.go_backwards}


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


UNIT = dict(
    custom_objects=CUSTOM["custom_objects"] + "; Shop>MinimalGatedUnit: a layer that runs this cell (its child `cell`) "
    "as RNN does; config: units, decay and RNN's; Shop>SmoothedSteps: s = s + rate (x - s) over the steps, from bias; "
    "a masked step keeps s; config: return_sequences, go_backwards; weights rate (features), bias (features)"
)


def own_layers():
    x, unit = Input((6, 3), name="x"), MinimalGatedUnit
    return Model(
        x,
        [
            unit(4, name="last")(x),
            unit(3, 0.25, return_sequences=True, go_backwards=True, name="backwards")(x),
            *as_states(unit(2, return_state=True, return_sequences=True, name="states")(x)),
            SmoothedSteps(name="smoothed")(x),
            SmoothedSteps(return_sequences=True, go_backwards=True, name="smoothed_backwards")(x),
        ],
    )


def own_layers_masked():
    x, unit = Input((6, 3), name="x"), MinimalGatedUnit
    m = L.Masking(name="masking")(x)
    return Model(
        x,
        [
            unit(4, name="last")(m),
            unit(3, return_sequences=True, zero_output_for_mask=True, name="zeros")(m),
            L.Bidirectional(unit(2, return_sequences=True), name="both")(m),
            L.LSTM(3, name="behind")(unit(3, return_sequences=True, name="in_front")(m)),
            L.LSTM(3, name="behind_smoothed")(SmoothedSteps(return_sequences=True, name="smoothed")(m)),
            SmoothedSteps(go_backwards=True, name="smoothed_backwards")(m),
        ],
    )


def own_layer_from_states():
    x, states = Input((5, 3), name="x"), [Input((4,), name=f"state{i}") for i in range(2)]
    return Model([x, *states], MinimalGatedUnit(4, return_sequences=True, name="unit")(x, initial_state=states))


def own_layer_stateful():
    x = Input(batch_shape=(3, 4, 2), name="x")
    y = MinimalGatedUnit(3, stateful=True, return_sequences=True, name="first")(x)
    return Model(x, MinimalGatedUnit(2, stateful=True, go_backwards=True, name="y")(y))


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
    add("rnn_custom_layer", own_layers, formats=("keras", "h5"), **UNIT)
    add("rnn_custom_layer_masked", own_layers_masked, feed=with_holes, **UNIT)
    add("rnn_custom_layer_initial_state", own_layer_from_states, **UNIT)
    add("rnn_custom_layer_stateful", own_layer_stateful, calls=3, **UNIT)
    add("rnn_softmax_cells", activations)
    add("rnn_softmax_cells_masked", activations_masked, feed=with_holes)
