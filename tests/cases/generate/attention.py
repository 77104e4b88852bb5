"""MultiHeadAttention and GroupQueryAttention: every shape of query, key and value, every mask, and the scores."""

import numpy as np

from generate.building import KERAS, Input, L, Model
from generate.oracle import flatten

QUERY, MEMORY = (5, 6), (7, 4)


def self_attention(**arguments):
    def build():
        x = Input(QUERY, name="x")
        return Model(x, L.MultiHeadAttention(name="y", **arguments)(x, x))

    return build


def cross_attention():
    """Separate values and keys, other sizes for each head, another output width."""
    q, v, k = Input(QUERY, name="query"), Input(MEMORY, name="value"), Input((7, 3), name="key")
    return Model(
        [q, v, k],
        [
            L.MultiHeadAttention(2, 3, name="memory")(q, v),
            L.MultiHeadAttention(3, 5, value_dim=2, name="key_value")(q, v, k),
            L.MultiHeadAttention(1, 4, output_shape=9, use_bias=False, name="wide")(q, v, key=k),
        ],
    )


def scores():
    q, v = Input(QUERY, name="query"), Input(MEMORY, name="value")
    return Model(
        [q, v], flatten(list(L.MultiHeadAttention(2, 3, name="y")(q, v, return_attention_scores=True)))
    )


def causal():
    x, v = Input((6, 4), name="x"), Input(MEMORY, name="value")
    return Model(
        [x, v],
        [
            L.MultiHeadAttention(2, 3, name="self")(x, x, use_causal_mask=True),
            L.MultiHeadAttention(2, 3, name="longer")(x, v, use_causal_mask=True),
        ],
    )


def with_mask():
    q, v, mask = (
        Input(QUERY, name="query"),
        Input(MEMORY, name="value"),
        Input((5, 7), dtype="bool", name="mask"),
    )
    return Model([q, v, mask], L.MultiHeadAttention(2, 3, name="y")(q, v, attention_mask=mask))


def mask_feed(random):
    mask = random.integers(0, 2, (3, 5, 7)).astype(bool)
    mask[:, :, 3] = True
    mask[0, 2] = False
    return [
        random.normal(0, 1, (3, *QUERY)).astype("float32"),
        random.normal(0, 1, (3, *MEMORY)).astype("float32"),
        mask,
    ]


def padded_causal():
    """Padding and causal masks together, and the scores as an output."""
    x = Input((6,), dtype="int32", name="ids")
    e = L.Embedding(11, 8, mask_zero=True, name="embedding")(x)
    y, scores_ = L.MultiHeadAttention(2, 4, name="attention")(
        e, e, use_causal_mask=True, return_attention_scores=True
    )
    return Model(x, [L.GlobalAveragePooling1D(name="mean")(y), scores_])


def padded_cross():
    q, v = Input((4,), dtype="int32", name="target"), Input((6,), dtype="int32", name="source")
    eq, ev = L.Embedding(9, 6, mask_zero=True, name="embed_target")(q), L.Embedding(
        8, 6, mask_zero=True, name="embed_source"
    )(v)
    y = L.MultiHeadAttention(3, 2, name="attention")(eq, ev)
    return Model([q, v], [L.Dense(3, name="each")(y), L.GlobalAveragePooling1D(name="mean")(y)])


def padded_stack():
    """Two blocks of an encoder, and two attentions over their output: from Keras 3.8 on a mask is gone once an attention has
    read it."""
    x, y = Input((6,), dtype="int32", name="ids"), Input((4, 8), name="y")
    memory = L.Embedding(11, 8, mask_zero=True, name="embedding")(x)
    for i in range(2):
        attended = L.Dropout(0.1)(L.MultiHeadAttention(2, 4, name=f"block{i}")(memory, memory))
        memory = L.LayerNormalization(name=f"norm{i}")(L.Add(name=f"add{i}")([memory, attended]))
    again = L.Embedding(11, 8, mask_zero=True, name="again")(x)
    first = L.MultiHeadAttention(2, 4, name="first")(y, again)
    second = L.MultiHeadAttention(2, 4, name="second")(first, again)
    last = L.GRU(3, name="last")(memory)
    return Model([x, y], [L.Flatten(name="flat")(memory), second, last])


def padded_siblings():
    """Several readers of one masked tensor: the one that Keras runs first sees the mask, and removes it if it is a
    MultiHeadAttention."""
    x = Input((6,), dtype="int32", name="ids")
    e = L.Embedding(11, 8, mask_zero=True, name="embedding")(x)
    outputs = [L.MultiHeadAttention(2, 4, name=f"side{i}")(e, e, use_causal_mask=i == 1) for i in range(3)]
    outputs.append(L.Attention(name="dot")([e, e]))
    return Model(x, outputs)


def stack_feed(random):
    return [*ids((6, [6, 4, 1, 2]))(random), random.normal(0, 1, (4, 4, 8)).astype("float32")]


def ids(*lengths):
    """Random ids, zero after each row's length."""

    def feed(random):
        result = []
        for width, rows in lengths:
            table = random.integers(1, 8, (len(rows), width)).astype("int32")
            for row, length in zip(table, rows):
                row[length:] = 0
            result.append(table)
        return result

    return feed


def over_axes():
    x = Input((3, 4, 5), name="x")
    return Model(
        x,
        [
            L.MultiHeadAttention(2, 3, attention_axes=(2,), name="columns")(x, x),
            L.MultiHeadAttention(2, 3, attention_axes=(1, 2), name="both")(x, x),
        ],
    )


def grouped():
    """Grouped heads, one head for all, as many as queries; every kind of mask that needs no tensor."""
    x, v, k = Input(QUERY, name="query"), Input((7, 6), name="value"), Input((7, 3), name="key")
    group = L.GroupQueryAttention
    return Model(
        [x, v, k],
        [
            group(3, 4, 2, name="self")(x, x),
            group(3, 6, 1, name="one")(x, v),
            group(2, 3, 3, use_bias=False, name="each")(x, v, k),
            group(3, 4, 2, name="causal")(x, x, use_causal_mask=True),
            group(3, 4, 2, name="causal_longer")(x, v, use_causal_mask=True),
            group(3, 4, 2, sliding_window=2, name="window")(x, x),
            group(3, 4, 2, sliding_window=2, use_gate=True, name="gate")(x, x, use_causal_mask=True),
            group(3, 4, 2, dropout=0.3, name="dropout")(x, x, use_causal_mask=True),
        ],
    )


def grouped_scores():
    x, v, mask = Input(QUERY, name="x"), Input((7, 6), name="value"), Input((5, 7), dtype="bool", name="mask")
    layer = L.GroupQueryAttention(3, 4, 2, name="scores")
    y, scores_ = layer(x, v, attention_mask=mask, return_attention_scores=True)
    again, causal_ = L.GroupQueryAttention(3, 4, 2, name="causal")(
        x, v, use_causal_mask=True, return_attention_scores=True
    )
    plain = L.GroupQueryAttention(2, 2, 1, name="plain")(x, v, attention_mask=mask)
    return Model([x, v, mask], [y, scores_, again, causal_, plain])


def grouped_scores_feed(random):
    feed = mask_feed(random)
    return [feed[0], random.normal(0, 1, (3, 7, 6)).astype("float32"), feed[2]]


def grouped_padded():
    """Masks that tensors carry, masks as arguments of the call, and the mask that the next layer gets."""
    q, v = Input((4,), dtype="int32", name="target"), Input((6,), dtype="int32", name="source")
    mask = Input((4,), dtype="bool", name="mask")
    eq, ev = L.Embedding(9, 6, mask_zero=True)(q), L.Embedding(8, 6, mask_zero=True)(v)
    mean = L.GlobalAveragePooling1D
    first = L.GroupQueryAttention(3, 4, 2, name="first")(eq, ev)
    second = L.GroupQueryAttention(3, 4, 2, name="second")(first, ev, ev, use_causal_mask=True)
    named = L.GroupQueryAttention(3, 2, 1, name="named")(eq, ev, query_mask=mask)
    masked_value = L.GroupQueryAttention(3, 2, 1, name="masked_value")(eq, eq, value_mask=mask)
    masked_key = L.GroupQueryAttention(3, 2, 1, name="masked_key")(eq, eq, eq, key_mask=mask)
    return Model(
        [q, v, mask],
        [first, mean(name="mean")(second), mean(name="mean_named")(named), named, masked_value, masked_key],
    )


def grouped_padded_feed(random):
    tables = ids((4, [4, 2, 3]), (6, [6, 3, 1]))(random)
    return [*tables, np.array([[1, 1, 0, 1], [1, 1, 1, 1], [0, 1, 1, 1]], bool)]


def cases(add):
    add("mha", self_attention(num_heads=2, key_dim=3), formats=("keras", "h5"))
    add("mha_one_head", self_attention(num_heads=1, key_dim=1))
    add("mha_odd", self_attention(num_heads=3, key_dim=5, value_dim=7, use_bias=False))
    add("mha_wide", self_attention(num_heads=4, key_dim=33, output_shape=(2, 3)), rows=2)
    add("mha_cross", cross_attention)
    add("mha_scores", scores)
    add("mha_causal", causal)
    # A row masked everywhere: uniform in 2.15 (float32 loses the scores beside -1e9), zero in 3.13 and later.
    add("mha_mask", with_mask, feed=mask_feed, float64=KERAS == 3)
    add(
        "mha_padded_causal",
        padded_causal,
        feed=ids((6, [6, 4, 1, 2])),
        formats=("keras", "h5"),
        float64=KERAS == 3,
    )
    add("mha_padded_cross", padded_cross, feed=ids((4, [4, 2, 3]), (6, [6, 3, 1])), float64=KERAS == 3)
    add("mha_padded_stack", padded_stack, feed=stack_feed, float64=KERAS == 3)
    add("mha_padded_siblings", padded_siblings, feed=ids((6, [6, 4, 1, 2])), float64=KERAS == 3)
    add("mha_axes", over_axes)
    if KERAS == 3:
        add("mha_window", self_attention(num_heads=2, key_dim=3, sliding_window=2))
        add("gqa", grouped)
        add("gqa_scores", grouped_scores, feed=grouped_scores_feed)
        add("gqa_padded", grouped_padded, feed=grouped_padded_feed)
        add("mha_gate", self_attention(num_heads=2, key_dim=3, use_gate=True))
