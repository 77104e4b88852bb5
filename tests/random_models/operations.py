"""Models of functions by their public names and of rare layers: many steps from one tensor, each an output by itself."""

from generate.building import L, Model

from random_models import (
    along_axes,
    elementwise,
    fronts,
    matrices,
    pictures,
    rare,
    shapes,
    signals,
    texts,
    whole,
    windowed,
)

APART = [
    elementwise.TABLE,
    along_axes.TABLE,
    shapes.TABLE,
    matrices.TABLE,
    pictures.TABLE,
    windowed.TABLE,
    signals.TABLE,
    texts.TABLE,
]
FUNCTIONS = {name for table in [*APART, whole.TABLE] for name in table}
FRONTS = [fronts.vector, fronts.sequence, fronts.image, fronts.volume, fronts.masked_sequence]


def one(c, tables):
    names = c.choice(tables)
    return names[c.choice(sorted(names))]


def weighted(tables):
    """By the number of names, so that each name is as likely as another."""
    return [table for table in tables if table for _ in range(len(table) // 10 + 1)]


def build(c, attempt):
    """`attempt(c, x, step)`: the tensor, or None where the step cannot be taken."""
    c.operators = True
    if c.maybe(0.2):
        c.cut = c.choice((3, 7, 32))
        c.batch = c.cut * c.choice((1, 1, 1, 2))  # twice: only what has a row for each row can be joined
        tables = weighted([whole.TABLE])
        x = c.choice((fronts.vector, fronts.vector, fronts.sequence))(c)
    else:
        c.fixed_batch = c.maybe(0.15)
        tables = weighted([*APART, rare.TABLE])
        x = c.choice(FRONTS)(c)
        if c.maybe(0.3):
            x = L.Dense(c.size(17), activation="tanh")(x)
    outputs = []
    for _ in range(60):
        if len(outputs) == 12:
            break
        y = attempt(c, x, one(c, tables))
        if y is not None and c.maybe(0.2) and not c.cut:
            y = second(c, y, tables, attempt)
        outputs += [y] if y is not None else []
    return Model(c.inputs, outputs)


def second(c, y, tables, attempt):
    z = attempt(c, y, one(c, tables))
    return y if z is None else z
