"""What changes shapes alone, joins tensors and cuts them, in both Kerases."""

from generate.oracle import KERAS

from random_models.choices import need
from random_models.named import (
    axis_of,
    function,
    known,
    number,
    one_of,
    root,
)


def kept(x):
    return list(range(len(x.shape)))


def permuted(c, x):
    order = kept(x)[1:]
    c.shuffle(order)
    return root.transpose(x, [0, *order])


def reshaped(c, x):
    sizes = known(x)
    return root.reshape(x, (-1, *c.choice(([*sizes, 1], [1, *sizes], sizes[::-1]))))


def broadcast(c, x):
    need(c.fixed_batch and len(x.shape) < 5)
    return root.broadcast_to(x[:, None], (x.shape[0], 3, *known(x)))


def padded(c, x):
    mode = c.choice(("constant", "reflect", "symmetric"))
    widths = [[0, 0], *[[c.choice((0, 1)), c.choice((0, 1))] for _ in x.shape[1:]]]
    need(mode == "constant" or all(e and e > 1 for e in known(x)))
    value = {"constant_values": 1.5} if mode == "constant" and c.maybe() else {}
    return root.pad(x, widths, mode=mode if KERAS == 3 else mode.upper(), **value)


def squeezed(c, x):
    axis = c.randrange(1, len(x.shape) + 1)
    return root.squeeze(root.expand_dims(x, axis), axis)


def joined(name, keyword="axis"):
    def step(c, x):
        return function(name)([x, root.cos(x), x * 0.5][: c.choice((2, 3))], **({keyword: axis_of(c, x)} if keyword else {}))

    return step


def stacked(c, x):
    need(len(x.shape) < 5)
    return root.stack([x, root.cos(x)], axis=c.randrange(1, len(x.shape) + 1))


def cut(name, keyword="axis"):
    def step(c, x):
        axis = axis_of(c, x) if keyword else {"hsplit": 1, "dsplit": 2}[name]
        need(axis < len(x.shape) and x.shape[axis] is not None and x.shape[axis] > 1)
        size = x.shape[axis]
        parts = c.choice([n for n in range(1, min(size, 4) + 1) if size % n == 0 or name == "array_split"])
        where = parts if name == "array_split" or c.maybe() or KERAS == 2 else [1]
        if KERAS == 2 and c.maybe():
            where = [1, size - 1]
        return one_of(c, function(name)(x, where, **({keyword: axis} if keyword else {})))

    return step


def unstacked(c, x):
    axis = axis_of(c, x)
    need(x.shape[axis] is not None and len(x.shape) > 2)
    return one_of(c, root.unstack(x, axis=axis))


def sliced(c, x):
    need(c.fixed_batch)
    starts = [0, *[c.randint(0, e - 1) for e in known(x)]]
    sizes = [x.shape[0], *[c.randint(1, e - s) for e, s in zip(known(x), starts[1:])]]
    return root.slice(x, starts, sizes)


def item(c, x):
    keys = (
        slice(None),
        *[c.choice((slice(None), slice(0, 1), slice(None, None, -1), slice(-2, None))) for _ in x.shape[1:]],
    )
    if c.maybe(0.3):
        keys = (*keys[:1], None, *keys[1:])
    return root.get_item(x, keys) if KERAS == 3 else x[keys]


def turned(c, x):
    need(len(x.shape) > 2)
    return root.rot90(x, k=c.randint(0, 3), axes=c.sample(range(1, len(x.shape)), 2))


def rearranged(c, x):
    patterns = {3: ("b h w -> b (w h)", "b h w -> b w h"), 4: ("b h w c -> b w (c h)", "b h w c -> b c h w")}
    need(c.fixed_batch and len(x.shape) in patterns and None not in x.shape)
    return root.rearrange(x, c.choice(patterns[len(x.shape)]))


TABLE = {
    "transpose": permuted,
    "reshape": reshaped,
    "broadcast_to": broadcast,
    "pad": padded,
    "squeeze": squeezed,
    "expand_dims": lambda c, x: root.expand_dims(x, c.randrange(1, len(x.shape) + 1)),
    "stack": stacked,
    "split": cut("split"),
    "unstack": unstacked,
    "concatenate" if KERAS == 3 else "concat": joined("concatenate" if KERAS == 3 else "concat"),
    "get_item" if KERAS == 3 else "__operators__.getitem": item,
}

if KERAS == 3:
    TABLE |= {
        "slice": sliced,
        "append": lambda c, x: root.append(x, root.cos(x), axis=axis_of(c, x)),
        "hstack": joined("hstack", None),
        "dstack": joined("dstack", None),
        "array_split": cut("array_split"),
        "hsplit": cut("hsplit", None),
        "dsplit": cut("dsplit", None),
        "fliplr": lambda c, x: root.fliplr(x),
        "rot90": turned,
        "moveaxis": lambda c, x: root.moveaxis(x, c.randrange(1, len(x.shape)), axis_of(c, x)),
        "swapaxes": lambda c, x: root.swapaxes(x, axis_of(c, x), axis_of(c, x)),
        "rearrange": rearranged,
        "slice_update": lambda c, x: root.slice_update(
            x, [0] * len(x.shape), root.cos(x[(slice(None), *[slice(0, 1)] * (len(x.shape) - 1))])
        ),
    }
else:
    TABLE |= {
        "rank": lambda c, x: x * number(x, root.rank(x)),
        "__operators__.add": lambda c, x: x + 1.0,
        "shape": lambda c, x: x * number(x, root.shape(x)[1]),
        "range": lambda c, x: (
            x[:, :1] * number(x, root.reshape(root.range(root.shape(x)[1]), [1, -1] + [1] * (len(x.shape) - 2)))
        ),
    }
