"""Steps of several layers: merges of branches, attention, shared layers, nested models, operators."""

from generate.building import KERAS, Input, L, Model
from generate.oracle import keras, tf
from random_models.choices import extents, need

MERGES = (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum)


def merged(c, a, b):
    """Merges elementwise or by concatenation, as far as the shapes allow it."""
    same = tuple(a.shape) == tuple(b.shape)
    if same and c.maybe(0.7):
        layer = c.choice(MERGES)
        return layer()([a, b, a] if c.maybe(0.2) and layer is not L.Subtract else [a, b])
    differ = [i for i, (p, q) in enumerate(zip(a.shape, b.shape)) if i and p != q]
    need(len(a.shape) == len(b.shape) and len(differ) <= 1)
    axes = differ or list(range(1, len(a.shape)))
    return L.Concatenate(axis=c.choice(axes))([a, b])


def second(c, x):
    """Another tensor of the same shape."""
    return c.choice((L.Activation("tanh"), L.BatchNormalization(), L.Dropout(0.1)))(x)


def residual(c, x, grow):
    return merged(c, grow(c, x, c.randint(1, 2)), x if c.maybe() else second(c, x))


def branches(c, x, grow):
    return merged(c, grow(c, x, c.randint(1, 2)), grow(c, x, c.randint(1, 2)))


def shared(c, x, draw):
    layer = draw(c, x)
    return merged(c, layer(x), layer(second(c, x)))


def nested(c, x, grow):
    """An inner model, called once or twice; it accepts any free extent of the outer model."""
    inside = Input(extents(x))
    inner = Model(inside, grow(c, inside, c.randint(1, 3)))
    y = inner(x)
    return merged(c, y, inner(second(c, x))) if c.maybe() else y


def distributed(c, x, draw):
    need(len(x.shape) >= 3 and not c.stateful)
    return L.TimeDistributed(draw(c, Input(extents(x)[1:])))(x)


def attention(c, x, _):
    need(len(x.shape) == 3 and x.shape[-1] is not None)
    memory = x if c.maybe() else second(c, x)
    if c.maybe(0.35):
        kind = c.choice((L.Attention, L.AdditiveAttention))
        scale = {"use_scale": c.maybe()}
        mode = {"score_mode": "concat"} if kind is L.Attention and c.maybe(0.3) else {}
        tensors = [x, memory] if c.maybe() else [x, memory, second(c, x)]
        return kind(**scale, **mode)(tensors, use_causal_mask=c.maybe(0.3))
    arguments = dict(num_heads=c.choice((1, 2, 3, 4)), key_dim=c.size(33), use_bias=c.maybe(0.8))
    arguments.update(c.options(value_dim=(1, 3, 8, 17), output_shape=(1, 4, 33)))
    layer = L.MultiHeadAttention(**arguments)
    keys = {"key": second(c, x)} if c.maybe(0.3) else {}
    y = layer(x, memory, **keys, use_causal_mask=c.maybe(0.3), return_attention_scores=c.maybe(0.1))
    return c.choice(list(y)) if isinstance(y, (list, tuple)) else y


def self_attention_block(c, x, _):
    """The pattern that devices fuse: attention, sum, LayerNormalization, two products, sum, LayerNormalization."""
    need(len(x.shape) == 3 and x.shape[-1] is not None)
    width = x.shape[-1]
    y = L.MultiHeadAttention(c.choice((1, 2, 4)), c.size(33))(x, x, use_causal_mask=c.maybe(0.3))
    y = L.LayerNormalization(epsilon=1e-5)(L.Add()([x, L.Dropout(0.1)(y)]))
    z = L.Dense(width)(L.Dense(c.size(), activation=c.choice(("relu", "gelu")))(y))
    return L.LayerNormalization(epsilon=1e-5)(L.Add()([y, z]))


def repeated(c, x, _):
    need(len(x.shape) == 2)
    return L.RepeatVector(c.choice((1, 2, 3, 7)))(x)


def operators(c, x, _):
    c.operators = True
    ops, axis = (tf if KERAS == 2 else keras.ops), c.randrange(1, len(x.shape))
    reduce = {name: getattr(tf, f"reduce_{name}") if KERAS == 2 else getattr(ops, name) for name in ("mean", "sum", "max")}
    before = (slice(None),) * axis
    swapped = [0, *range(2, len(x.shape)), 1]
    last = extents(x)[axis - 1]
    steps = [
        lambda: x * 2.0 + 0.5,
        lambda: 1.0 - x * x,
        lambda: x / (abs(x) + 0.5),
        lambda: x[(*before, slice(0, max(1, (last or 2) // 2)))],
        lambda: x[(*before, slice(None, None, -1))],
        lambda: x[(*before, slice(-1, None))],
        lambda: ops.transpose(x, swapped),
        lambda: reduce[c.choice(list(reduce))](x, axis=axis, keepdims=c.maybe() or len(x.shape) == 2),
        lambda: ops.matmul(x, ops.transpose(x, [*range(len(x.shape) - 2), len(x.shape) - 1, len(x.shape) - 2])),
        lambda: ops.where(x > 0.0, x, x * 0.1),
        lambda: ops.sqrt(abs(x) + 0.1) if KERAS == 3 else tf.sqrt(abs(x) + 0.1),
        lambda: ops.expand_dims(x, axis),
    ]
    need(len(x.shape) > 2 or c.maybe(0.9))
    return c.choice(steps)()
