"""Functions of Keras and TensorFlow by their public names: what a table of steps is made of.

A step takes (choices, tensor) and answers a tensor of the same kind of numbers; rows of the batch stay apart.
"""

from generate.oracle import KERAS, keras, tf

from random_models.choices import extents, need

root = keras.ops if KERAS == 3 else tf
math = keras.ops if KERAS == 3 else tf.math


def function(name):
    found = root
    for part in name.split("."):
        found = getattr(found, part)
    return found


def number(x, y):
    """Numbers of the type of x: conditions, integers and complex numbers are none that a layer takes."""
    if isinstance(y, (list, tuple)):
        y = [number(x, part) for part in y]
        return y[0] if len(y) == 1 else y
    dtype = str(getattr(y.dtype, "name", y.dtype))
    if dtype.startswith("complex"):
        y = math.real(y) + 2.0 * math.imag(y)
        dtype = str(getattr(y.dtype, "name", y.dtype))
    return y if dtype == str(getattr(x.dtype, "name", x.dtype)) else root.cast(y, x.dtype)


def one_of(c, parts):
    parts = list(parts)
    return parts[c.randrange(len(parts))]


def ends(x, *keys):
    """x[..., keys]: Keras 2 cannot save an ellipsis."""
    return x[(*[slice(None)] * (len(x.shape) - len(keys)), *keys)]


def upto(count):
    return slice(0, count)


def any_number(x):
    return x


def positive(x):
    return abs(x) + 0.1


def above_one(x):
    return abs(x) + 1.1


def inside_one(x):
    return 0.9 * root.tanh(x)


def bounded(x):
    return 3.0 * root.tanh(x)


def whole(x, largest=9.0):
    """Integers; the half keeps them away from where rounding decides."""
    return root.cast(root.floor(largest * root.tanh(x) + 0.37), "int32")


def natural(x, count):
    """Ids from 0 to count - 1."""
    return root.cast(root.floor((count - 0.1) * (0.5 + 0.49 * root.sin(7.0 * x))), "int32")


def condition(x):
    return x > 0.123


def other(c, x):
    """A second operand of the same shape, or one that is broadcast."""
    kind = c.randrange(4)
    if kind == 0:
        return root.cos(x)
    if kind == 1:
        axis = c.randrange(1, len(x.shape))
        return root.reduce_max(x, axis=axis, keepdims=True) if KERAS == 2 else root.max(x, axis=axis, keepdims=True)
    return 0.7 - x * 0.5 if kind == 2 else root.tanh(x) * 0.5 + x


def axis_of(c, x):
    """From the front or from the back, never the batch's."""
    axis = c.randrange(1, len(x.shape))
    return axis if c.maybe() else axis - len(x.shape)


def known(x):
    sizes = extents(x)
    need(None not in sizes)
    return sizes


def unary(names, change=any_number, **choices):
    def make(name):
        return lambda c, x: number(x, function(name)(change(x), **c.options(**choices)))

    return {name: make(name) for name in names.split()}


def along(names, change=any_number, keyword="axis", **choices):
    """One axis, always given."""

    def make(name):
        return lambda c, x: number(x, function(name)(change(x), **{keyword: axis_of(c, x)}, **c.options(**choices)))

    return {name: make(name) for name in names.split()}


def reductions(names, change=any_number, several=True, **choices):
    def make(name):
        def step(c, x):
            axes = c.some(range(1, len(x.shape))) if several and c.maybe(0.4) else axis_of(c, x)
            keep = c.maybe() or len(x.shape) == 2
            return number(x, function(name)(change(x), axis=axes, keepdims=keep, **c.options(**choices)))

        return step

    return {name: make(name) for name in names.split()}


def binary(names, left=any_number, right=any_number, **choices):
    def make(name):
        def step(c, x):
            a, b = left(x), right(other(c, x))
            if c.maybe(0.2):
                a, b = b, a
            return number(x, function(name)(a, b, **c.options(**choices)))

        return step

    return {name: make(name) for name in names.split()}
