"""Products and linear algebra, in both Kerases. A matrix is what the two last axes of a tensor hold."""

import numpy as np
from generate.oracle import KERAS, keras

from random_models.choices import need
from random_models.named import ends, function, number, root, upto

ALGEBRA = "linalg." if KERAS == 2 else ""


def swapped(x):
    return root.transpose(x, [*range(len(x.shape) - 2), len(x.shape) - 1, len(x.shape) - 2])


def matrices(c, x, positive=True):
    """Square ones, far from singular; x has few of them or is made smaller."""
    need(len(x.shape) > 2)
    x = root.tanh(ends(x, upto(4), upto(4)))
    rows, columns = x.shape[-2:]
    need(rows and columns)
    square = root.matmul(x, swapped(x)) if positive or rows != columns else x
    return square + np.eye(rows, dtype=keras.backend.floatx()) * (0.5 if positive else 3.0)


def of_parts(compute):
    """Of each matrix of a batch: where the batch is an axis of the matrix, rows of the batch depend on their place."""
    return lambda c, x: compute(c, x) if len(x.shape) > 2 else need(False)


def of_matrix(name, positive=True, part=None, **choices):
    def step(c, x):
        y = function(name)(matrices(c, x, positive), **c.options(**choices))
        return number(x, y if part is None else y[part])

    return step


def size_of_matrix(name, positive=False):
    """One number a matrix, which gets its two axes back."""

    def step(c, x):
        y = number(x, function(name)(matrices(c, x, positive)))
        y = y[1] if isinstance(y, list) else y
        return root.expand_dims(root.expand_dims(y, -1), -1)

    return step


def right_side(c, x):
    y = root.cos(ends(x, upto(4), upto(4)))
    return y if c.maybe() else ends(y, upto(1))


def solved(name, **choices):
    return lambda c, x: function(name)(matrices(c, x), right_side(c, x), **c.options(**choices))


def product(c, x):
    need(len(x.shape) > 2)
    return root.matmul(x, swapped(root.cos(x)))


def equation(c, x):
    need(len(x.shape) == 3)
    return root.einsum(c.choice(("bij,bkj->bik", "bij,bij->bij", "bij,bik->bjk", "bij,bij->bi")), x, root.cos(x))


def with_constant(name, **arguments):
    """The last axis times a matrix that the model holds."""

    def step(c, x):
        last = x.shape[-1]
        need(last is not None and last < 40)
        values = np.random.default_rng(c.randrange(1000)).normal(size=(last, 3)).astype(keras.backend.floatx())
        return function(name)(x, values, **arguments)

    return step


def diagonal(c, x):
    need(len(x.shape) > 3 or (len(x.shape) == 3 and None not in x.shape[1:]))
    return root.diagonal(x, offset=c.choice((0, 0, 1)), axis1=len(x.shape) - 2, axis2=len(x.shape) - 1)


def trace(c, x):
    need(len(x.shape) > 2)
    return root.expand_dims(root.trace(x, offset=0, axis1=len(x.shape) - 2, axis2=len(x.shape) - 1), -1)


def crossed(c, x):
    need(x.shape[-1] == 3 or (x.shape[-1] or 0) > 3)
    return root.cross(ends(x, upto(3)), root.cos(ends(x, upto(3))))


def attended(c, x):
    need(len(x.shape) == 3 and None not in x.shape[1:])
    y = x[:, :, None]
    scale = {"scale": 0.3} if c.maybe() else {}
    return root.dot_product_attention(y, root.cos(y), root.sin(y), is_causal=c.maybe(), **scale)[:, :, 0]


TABLE = {
    "matmul": product,
    "tensordot": with_constant("tensordot", axes=1),
    f"{ALGEBRA}cholesky": of_matrix(f"{ALGEBRA}cholesky"),
    f"{ALGEBRA}inv": of_matrix(f"{ALGEBRA}inv"),
    f"{ALGEBRA}det": size_of_matrix(f"{ALGEBRA}det"),
    f"{ALGEBRA}logdet": size_of_matrix(f"{ALGEBRA}logdet", True),
    f"{ALGEBRA}pinv": of_matrix(f"{ALGEBRA}pinv"),
    f"{ALGEBRA}solve": solved(f"{ALGEBRA}solve"),
    f"{ALGEBRA}matrix_rank": size_of_matrix(f"{ALGEBRA}matrix_rank", True),
    f"{ALGEBRA}eigh": of_matrix(f"{ALGEBRA}eigh", part=0),
    f"{ALGEBRA}qr": lambda c, x: abs(function(f"{ALGEBRA}qr")(matrices(c, x))[c.randrange(2)]),
}

if KERAS == 3:
    TABLE |= {
        "einsum": equation,
        "cross": crossed,
        "dot": with_constant("dot"),
        "inner": lambda c, x: root.inner(
            x, np.random.default_rng(3).normal(size=(2, x.shape[-1])).astype(keras.backend.floatx())
        ),
        "kron": lambda c, x: (
            root.kron(x, np.ones([1] * (len(x.shape) - 1) + [2], keras.backend.floatx()))
            if len(x.shape) < 5
            else need(False)
        ),
        "slogdet": size_of_matrix("slogdet"),
        "svd": of_matrix("svd", part=1),
        "solve_triangular": solved("solve_triangular", lower=(True, False)),
        "cholesky_inverse": of_matrix("cholesky_inverse", upper=(True, False)),
        "tril": of_parts(lambda c, x: root.tril(x, k=c.randint(-1, 1))),
        "triu": of_parts(lambda c, x: root.triu(x, k=c.randint(-1, 1))),
        "diagonal": diagonal,
        "trace": trace,
        "dot_product_attention": attended,
        "cdist": lambda c, x: root.cdist(x, root.cos(x)) if len(x.shape) == 3 else need(False),
    }
else:
    TABLE |= {
        "linalg.svd": of_matrix("linalg.svd", part=0),
        "linalg.eigvalsh": of_matrix("linalg.eigvalsh"),
        "linalg.lu": of_matrix("linalg.lu", part=0),
        "linalg.lstsq": solved("linalg.lstsq"),
        "linalg.triangular_solve": solved("linalg.triangular_solve", lower=(True, False), adjoint=(True, False)),
        "linalg.cholesky_solve": lambda c, x: root.linalg.cholesky_solve(
            root.linalg.cholesky(matrices(c, x)), right_side(c, x)
        ),
        "linalg.band_part": of_parts(lambda c, x: root.linalg.band_part(x, c.randint(-1, 2), c.randint(-1, 2))),
        "linalg.diag_part": lambda c, x: (
            root.linalg.diag_part(x, k=c.choice((0, 0, 1))) if len(x.shape) > 2 else need(False)
        ),
        "linalg.matrix_transpose": lambda c, x: root.linalg.matrix_transpose(x) if len(x.shape) > 2 else need(False),
    }
