"""Short functions with which the families build models."""

from generate.oracle import KERAS, keras

__all__ = ["KERAS", "Input", "L", "Model", "chain", "compute", "keras", "variants"]

L = keras.layers
Input = keras.Input
Model = keras.Model


def compute(dtype):
    """`dtype`, or float64 while a model is made a second time to measure noise."""
    return "float64" if keras.backend.floatx() == "float64" else dtype


def variants(layer, shape, table, **inputs):
    """One input, and one output per row of the table: {name: constructor arguments}."""
    x = Input(shape, name="x", **inputs)
    return Model(x, [layer(name=name, **arguments)(x) for name, arguments in table.items()])


def chain(shape, *layers, **inputs):
    """A Functional model that applies the layers one after another."""
    x = y = Input(shape, name="x", **inputs)
    for layer in layers:
        y = layer(y)
    return Model(x, y)
