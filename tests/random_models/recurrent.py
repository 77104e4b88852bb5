"""Recurrent layers, cells, and the wrappers around them."""

from generate.building import KERAS, L
from generate.oracle import flatten
from random_models.choices import extents, need

KINDS = {L.SimpleRNN: L.SimpleRNNCell, L.LSTM: L.LSTMCell, L.GRU: L.GRUCell}


def of_cell(c, kind, x):
    """Arguments that a layer shares with its cell."""
    long = extents(x)[0] is None or extents(x)[0] > 8
    bounded = ["tanh", "sigmoid", "softsign", "hard_sigmoid"]
    result = dict(units=c.size(65), use_bias=c.maybe(0.8))
    if c.maybe(0.3):
        result["activation"] = c.choice(bounded if long else [*bounded, "relu", "linear", "elu", "silu", "gelu"])
    if kind is not L.SimpleRNN and c.maybe(0.3):
        result["recurrent_activation"] = c.choice(bounded[1:] if KERAS == 2 else [*bounded[1:], "hard_tanh", "tanh"])
    if kind is L.GRU:
        result["reset_after"] = c.maybe(0.7)
    if c.maybe(0.1):
        result.update(dropout=0.2, recurrent_dropout=c.choice((0.0, 0.2)))
    return result


def order(c, x):
    steps = extents(x)[0]
    result = dict(return_sequences=c.maybe(0.6), go_backwards=c.maybe(0.25))
    if c.stateful:
        result["stateful"] = True
    if steps is not None and steps <= 12:
        result["unroll"] = c.maybe(0.2)
    return result


def sequence(x):
    need(len(x.shape) == 3 and x.shape[-1] is not None)


def plain(c, x, **forced):
    sequence(x)
    kind = c.choice(list(KINDS))
    old = {"implementation": c.choice((1, 2))} if KERAS == 2 and kind is not L.SimpleRNN and c.maybe(0.3) else {}
    return kind(**{**of_cell(c, kind, x), **order(c, x), **old, **forced})


def over_cells(c, x, **forced):
    sequence(x)
    cells = []
    for _ in range(c.choice((1, 1, 2, 3))):
        kind = c.choice(list(KINDS))
        cells.append(KINDS[kind](**of_cell(c, kind, x)))
    zero = {"zero_output_for_mask": True} if c.maybe(0.2) else {}
    if len(cells) == 1:
        cells = cells[0]
    elif c.maybe(0.3):
        cells = L.StackedRNNCells(cells)
    return L.RNN(cells, **{**order(c, x), **zero, **forced})


def both_ways(c, x):
    sequence(x)
    make = plain if c.maybe(0.8) else over_cells
    return_sequences = c.maybe(0.6)
    layer = make(c, x, return_sequences=return_sequences, go_backwards=False)
    other = {}
    if c.maybe(0.15):
        other["backward_layer"] = make(c, x, return_sequences=return_sequences, go_backwards=True)
    modes = ("concat",) if other else ("concat", "sum", "ave", "mul")
    return L.Bidirectional(layer, merge_mode=c.choice(modes), **other)


def states(c, x):
    """The last states too, concatenated after the output of the last step."""
    sequence(x)
    layer = (plain if c.maybe(0.7) else over_cells)(c, x, return_sequences=False, return_state=True)
    if c.maybe(0.2):
        layer = L.Bidirectional(layer)
    return L.Concatenate()(flatten(list(layer(x))))


def from_states(c, x):
    """A decoder: its first state is the last state of an encoder over the same sequence."""
    sequence(x)
    kind = c.choice(list(KINDS))
    arguments = of_cell(c, kind, x)
    _, *last = kind(**arguments, return_state=True)(x)
    return kind(**{**arguments, **order(c, x), "stateful": False})(x, initial_state=last)


LAYERS = [plain, plain, plain, over_cells, both_ways, both_ways]
STEPS = [states, from_states]
