"""Reductions, running sums, sorting, and what picks or moves elements along an axis, in both Kerases."""

import numpy as np
from generate.oracle import KERAS, keras

from random_models.choices import need
from random_models.named import (
    along,
    any_number,
    axis_of,
    condition,
    function,
    known,
    natural,
    number,
    one_of,
    reductions,
    root,
    whole,
)


def plane(x):
    need(len(x.shape) == 2)
    return x


def kept(x):
    return list(range(len(x.shape)))


def holes(x):
    """NaN here and there, but never in all of an axis of two and more."""
    return root.where(root.sin(11.0 * x) > 0.8, x * float("nan"), x)


def at_quantile(name, most):
    def step(c, x):
        q = c.choice((0.0, 0.25, 0.5, 0.9, 1.0)) * most
        method = c.choice(("linear", "lower", "higher", "nearest"))
        change = holes if name.startswith("nan") else any_number
        return number(x, function(name)(change(x), q, axis=axis_of(c, x), keepdims=True, method=method))

    return step


def moments(c, x):
    return one_of(c, function("moments" if KERAS == 3 else "nn.moments")(x, [axis_of(c, x)], keepdims=True))


def ids_of_axis(c, x, count):
    return np.random.default_rng(c.randrange(1000)).integers(0, count, c.choice((1, 3, 4))).astype("int32")


def take(c, x):
    axis = axis_of(c, x)
    need(x.shape[axis] is not None)
    name = "take" if KERAS == 3 else "gather"
    return function(name)(x, ids_of_axis(c, x, x.shape[axis]), axis=axis)


def top_k(c, x):
    need(x.shape[-1] is not None)
    name = "top_k" if KERAS == 3 else "math.top_k"
    return number(x, one_of(c, function(name)(x, c.randint(1, x.shape[-1]), sorted=True)))


def rolled(c, x):
    return function("roll")(x, c.randint(-3, 3), axis_of(c, x))


def flipped(c, x):
    return root.flip(x, axis=axis_of(c, x)) if KERAS == 3 else root.reverse(x, [axis_of(c, x)])


def repeated(c, x):
    return root.repeat(x, c.choice((1, 2, 3)), axis=axis_of(c, x))


def tiled(c, x):
    return root.tile(x, [1, *[c.choice((1, 1, 2, 3)) for _ in x.shape[1:]]])


def one_hot(c, x):
    need(len(x.shape) < 5)
    name = {"num_classes": 4} if KERAS == 3 else {"depth": 4}
    return number(x, root.one_hot(natural(x, 4), axis=c.choice((-1, len(x.shape) - 1)), **name))


def searched(c, x):
    if KERAS == 3:
        edges = np.array([-1.0, -0.5, 0.0, 0.25, 2.0], keras.backend.floatx())
        return number(x, root.searchsorted(edges, root.mean(x, axis=kept(x)[1:]), side=c.choice(("left", "right"))))
    need(len(x.shape) == 2)
    edges = root.sort(root.cos(x[:, :1] + [0.0, 1.0, 2.0, 3.0]), axis=-1)
    return number(x, root.searchsorted(edges, x, side=c.choice(("left", "right"))))


if KERAS == 3:
    TABLE = {
        **reductions("amax amin max min mean sum prod std var ptp"),
        **reductions("all any", condition),
        "count_nonzero": lambda c, x: number(x, root.expand_dims(root.count_nonzero(whole(x), axis=axis_of(c, x)), -1)),
        **reductions("logsumexp median"),
        **reductions("nanmax nanmin nanmean nansum nanprod nanstd nanvar nanmedian", holes),
        **reductions("argmax argmin", several=False),
        **reductions("nanargmax nanargmin", holes, several=False),
        **{name: at_quantile(name, most) for name, most in (("quantile", 1), ("nanquantile", 1), ("percentile", 100))},
        "nanpercentile": at_quantile("nanpercentile", 100),
        **along("cumsum cumprod sort argsort flip trapezoid"),
        **along("nancumsum nancumprod", holes),
        **along("diff", n=(1, 2)),
        **along("normalize", order=(1, 2, 3)),
        **along("glu sparsemax average"),
        "norm": lambda c, x: root.norm(x, ord=c.choice((None, 1, 2, 3)), axis=axis_of(c, x), keepdims=True),
        "digitize": lambda c, x: number(x, root.digitize(x, np.array([-1.0, 0.0, 0.5, 2.0], keras.backend.floatx()))),
        "take_along_axis": lambda c, x: root.take_along_axis(x, root.argsort(root.sin(x), axis=-1), axis=-1),
        "in_top_k": lambda c, x: number(x, root.in_top_k(natural(plane(x)[:, 0], x.shape[1]), x, k=c.choice((1, 2)))),
        "multi_hot": lambda c, x: number(x, root.multi_hot(natural(x, 5), num_classes=5)),
        "bincount": lambda c, x: number(x, root.bincount(natural(x, 4), minlength=6) if len(x.shape) == 2 else need(False)),
        "take": take,
        "roll": rolled,
        "repeat": repeated,
    }
else:
    TABLE = {
        **reductions(
            "reduce_max reduce_min reduce_mean reduce_sum reduce_prod reduce_logsumexp math.reduce_std math.reduce_variance"
        ),
        **reductions("reduce_all reduce_any", condition),
        **reductions("math.count_nonzero", whole),
        **along("math.argmax math.argmin argsort sort"),
        **along("cumsum math.cumprod math.cumulative_logsumexp", exclusive=(True, False), reverse=(True, False)),
        **along("math.l2_normalize"),
        "gather": take,
        "reverse": flipped,
        "math.in_top_k": lambda c, x: number(
            x, root.math.in_top_k(natural(plane(x)[:, 0], x.shape[1]), x, k=c.choice((1, 2)))
        ),
        "math.bincount": lambda c, x: number(x, root.math.bincount(natural(x, 4), minlength=6, axis=-1)),
        "boolean_mask": lambda c, x: root.boolean_mask(x, [i % 2 == 0 for i in range(known(x)[0])], axis=1),
        "gather_nd": lambda c, x: root.gather_nd(x, natural(x, 1), batch_dims=1),
        "roll": rolled,
        "repeat": repeated,
    }

TABLE |= {"moments" if KERAS == 3 else "nn.moments": moments, "top_k" if KERAS == 3 else "math.top_k": top_k}
TABLE |= {"one_hot": one_hot, "searchsorted": searched, "tile": tiled}
