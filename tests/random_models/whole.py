"""Functions in which the rows of a batch meet; a model with them answers as Keras's predict with one batch size."""

import numpy as np
from generate.oracle import KERAS, keras

from random_models.choices import need
from random_models.named import function, natural, number, one_of, root


def flat(x):
    return root.reshape(x, (-1,))


def some(x, count):
    """The first elements of all of them."""
    return root.take(flat(x), np.arange(count)) if KERAS == 3 else root.gather(flat(x), np.arange(count))


def one_number(name, change=lambda x: x):
    """A number for all rows, which joins them again."""
    return lambda c, x: x * 0.5 + number(x, function(name)(change(x)))


def of_rows(name, **arguments):
    def step(c, x):
        return number(x, function(name)(x, **arguments))

    return step


def vectors(name, **arguments):
    return lambda c, x: x[:, :1] * 0.5 + number(x, root.sum(function(name)(some(x, 6), some(root.cos(x), 6), **arguments)))


def segments(name):
    """Ids in order, as sorted segments want them: by the position of an element."""

    def step(c, x):
        need(len(x.shape) == 2 and c.batch % c.cut == 0)
        ids = np.sort(np.random.default_rng(c.randrange(1000)).integers(0, 3, c.cut)).astype("int32")
        more = {"num_segments": 4} if KERAS == 3 else {}
        if KERAS == 2 and "unsorted" in name:
            return function(name)(x, ids, 4)
        return function(name)(x, ids, **more)

    return step


def scattered(name):
    def step(c, x):
        need(len(x.shape) == 2 and c.batch % c.cut == 0 and c.cut > 1)
        rows = np.array([[c.randrange(c.cut)]], "int32")
        updates = root.cos(x)[:1]
        return function(name)(x, rows, updates)

    return step


def plane(x):
    need(len(x.shape) == 2 and (x.shape[-1] or 99) < 9)
    return x


def square(x):
    return root.matmul(root.transpose(x, (1, 0)), x) / 30.0 + np.eye(x.shape[-1], dtype=keras.backend.floatx())


def of_matrix(name, **arguments):
    def step(c, x):
        need(len(x.shape) == 2 and (x.shape[-1] or 99) < 9)
        return number(x, function(name)(square(x), **arguments))

    return step


def least_squares(c, x):
    need(len(x.shape) == 2 and (x.shape[-1] or 99) < 9)
    return root.lstsq(square(x), root.cos(square(x)))


def to_scatter(c, x):
    need(len(x.shape) == 2 and c.batch % c.cut == 0)
    ids = np.arange(c.cut, dtype="int32")[::-1, None].copy()
    if KERAS == 2:
        return root.scatter_nd(ids, x, [c.cut + 1, x.shape[-1]])
    return root.scatter(ids, x, (c.cut + 1, x.shape[-1]))


if KERAS == 3:
    TABLE = {
        "ravel": of_rows("ravel"),
        "flipud": of_rows("flipud"),
        "vstack": lambda c, x: root.vstack([x, root.cos(x)]),
        "vsplit": lambda c, x: one_of(c, root.vsplit(x, [1])),
        "size": one_number("size"),
        "allclose": lambda c, x: x + number(x, root.allclose(x, x + 0.001, atol=c.choice((0.1, 1e-6)))),
        "psnr": lambda c, x: x + root.psnr(x, root.cos(x), 2.0),
        "diag": of_matrix("diag", k=0),
        "diagflat": of_matrix("diagflat"),
        "outer": lambda c, x: root.outer(some(x, 5), root.cos(some(x, 3))),
        "vdot": lambda c, x: x + root.vdot(x, root.cos(x)),
        "correlate": vectors("correlate", mode="same"),
        "vander": lambda c, x: root.vander(some(root.tanh(x), 5), 3),
        "lstsq": least_squares,
        "lu_factor": lambda c, x: root.lu_factor(square(plane(x)))[0],
        "unique": lambda c, x: number(x, root.unique(flat(natural(x, 3)))),
        "nonzero": lambda c, x: number(x, root.nonzero(natural(x, 3))[0]),
        "scatter": to_scatter,
        "scatter_update": scattered("scatter_update"),
        **{name: segments(name) for name in ("segment_max", "segment_min", "segment_sum", "segment_prod")},
        "meshgrid": lambda c, x: one_of(c, root.meshgrid(some(x, 3), some(root.cos(x), 4))),
        "linspace": lambda c, x: root.linspace(x, root.cos(x), 4),
        "count_nonzero": lambda c, x: x + number(x, root.count_nonzero(natural(x, 3))),
    }
else:
    TABLE = {
        "size": one_number("size"),
        "reverse": lambda c, x: root.reverse(x, [0]),
        **{
            f"math.{s}segment_{k}": segments(f"math.{s}segment_{k}")
            for s in ("", "unsorted_")
            for k in ("max", "mean", "min", "prod", "sum")
        },
        "math.unsorted_segment_sqrt_n": segments("math.unsorted_segment_sqrt_n"),
        **{f"tensor_scatter_nd_{k}": scattered(f"tensor_scatter_nd_{k}") for k in ("add", "max", "min", "sub", "update")},
        "scatter_nd": to_scatter,
        "linalg.diag_part": of_matrix("linalg.diag_part"),
        "unique": lambda c, x: number(x, root.unique(flat(natural(x, 3)))[0]),
        "unique_with_counts": lambda c, x: number(x, root.unique_with_counts(flat(natural(x, 3)))[2]),
        "space_to_batch": lambda c, x: root.space_to_batch(x, [1], [[0, 0]]),
        "batch_to_space": lambda c, x: root.batch_to_space(x, [1], [[0, 0]]),
    }
