"""Arguments that change a layer's computation and that no other family records."""

from generate.building import KERAS, Input, L, Model, chain, keras, variants
from generate.oracle import flatten

EINSUM = {
    "steps": dict(equation="abc,cd->abd", output_shape=(None, 6), bias_axes="d", activation="relu"),
    "ellipsis": dict(equation="...x,xy->...y", output_shape=7, bias_axes="y"),
    "two_axes": dict(equation="abc,bcd->ad", output_shape=4),
    "wide_bias": dict(equation="abc,cd->abd", output_shape=(5, 6), bias_axes="bd"),
    "heads": dict(equation="abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de"),
}
WINDOWS = {
    "plain": {},
    "strided": dict(strides=2),
    "same": dict(padding="same", strides=2),
    "dilated": dict(dilation_rate=2, use_bias=False),
    "wide": dict(depth_multiplier=2, padding="same", activation="relu"),
}


def over(layer, axes, **arguments):
    return lambda: variants(
        layer, (4, 3, 5), {f"axes{''.join(map(str, a))}": dict(axis=list(a), **arguments) for a in axes}
    )


def axes(add):
    lists = [(1,), (1, 2), (2, 3), (1, 3), (1, 2, 3)]
    add("softmax_axis_lists", over(L.Softmax, lists))
    add("layer_norm_axis_lists", over(L.LayerNormalization, [(1,), (1, 2), (2, 3), (1, 2, 3)], epsilon=1e-4))
    add("unit_normalization", over(L.UnitNormalization, lists))


def in_training(frozen):
    def build():
        x = Input((4, 3), name="x")
        return Model(x, L.BatchNormalization(trainable=not frozen, name="y")(x, training=True))

    return build


def normalizations(add):
    add(
        "batch_norm_training",
        in_training(False),
        notes="Called with training=True: Keras 2 computes with the mean and variance of the batch, "
        "Keras 3's predict with those it keeps.",
    )
    add("batch_norm_training_frozen", in_training(True))


def convolutions(add):
    wide = {"rows": dict(kernel_size=3), "two": dict(kernel_size=2)}
    for name, layer, own in (
        ("separable_conv1d", L.SeparableConv1D, dict(filters=5)),
        ("depthwise_conv1d", L.DepthwiseConv1D, {}),
    ):
        table = {f"{w}_{k}": {**own, **wide[w], **a} for k, a in WINDOWS.items() for w in (("rows",) if k != "plain" else wide)}
        add(name, lambda layer=layer, table=table: variants(layer, (9, 3), table))


INTEGERS = {
    "plain": {},
    "mask": dict(mask_token=0),
    "unknown": dict(num_oov_indices=3),
    "inverse": dict(invert=True),
    "multi_hot": dict(output_mode="multi_hot"),
    "count": dict(output_mode="count"),
    "tf_idf": dict(output_mode="tf_idf", idf_weights=[0.5, 0.25, 2.0]),
}


def lookups(add):
    def build():
        x = Input((4,), dtype="int64", name="x")
        return Model(x, [L.IntegerLookup(vocabulary=[3, 5, 7], name=n, **a)(x) for n, a in INTEGERS.items()])

    def feed(random):
        return random.integers(-2, 9, (5, 4)).astype("int64")

    add("integer_lookup", build, feed=feed, fill=False, formats=("keras", "h5") if KERAS == 2 else ("keras",))


def attentions(add):
    def plain():
        q, v, k = Input((5, 4), name="q"), Input((6, 4), name="v"), Input((6, 4), name="k")
        outputs = [
            L.Attention(name="dot")([q, v, k]),
            L.Attention(use_scale=True, name="scaled")([q, v]),
            L.Attention(score_mode="concat", use_scale=True, name="joined")([q, v]),
            L.Attention(score_mode="concat", name="joined_plain")([q, v]),
            L.Attention(name="causal")([q, v], use_causal_mask=True),
            L.AdditiveAttention(name="additive")([q, v, k]),
            L.AdditiveAttention(use_scale=False, name="additive_plain")([q, v]),
        ]
        return Model([q, v, k], outputs)

    def scores():
        q, v = Input((5, 4), name="q"), Input((6, 4), name="v")
        return Model([q, v], flatten(list(L.Attention(name="y")([q, v], return_attention_scores=True))))

    def padded():
        q, v = Input((4,), dtype="int32", name="q"), Input((6,), dtype="int32", name="v")
        embedding = L.Embedding(5, 4, mask_zero=True, name="embedding")
        return Model(
            [q, v],
            [
                L.GlobalAveragePooling1D(name="mean")(L.Attention(name="dot")([embedding(q), embedding(v)])),
                L.GlobalAveragePooling1D(name="mean_additive")(
                    L.AdditiveAttention(name="additive")([embedding(q), embedding(v)])
                ),
            ],
        )

    def feed(random):
        q, v = random.integers(1, 5, (3, 4)), random.integers(1, 5, (3, 6))
        q[0, 2:], v[0, 4:], v[1, 1:] = 0, 0, 0
        return [q.astype("int32"), v.astype("int32")]

    add("dot_attention", plain)
    add("dot_attention_scores", scores)
    add("dot_attention_padded", padded, feed=feed)


def padded_ids(random):
    ids = random.integers(1, 5, (4, 6))
    ids[0, 4:], ids[1, :2], ids[2, 2:5], ids[3] = 0, 0, 0, 0
    ids[3, 1] = 2
    return ids.astype("int32")


def masks(add):
    def merged():
        x, y = Input((6,), dtype="int32", name="x"), Input((6,), dtype="int32", name="y")
        a = L.Embedding(5, 3, mask_zero=True, name="first")(x)
        b = L.Embedding(5, 3, mask_zero=True, name="second")(y)
        names = ("Add", "Average", "Subtract", "Maximum", "Minimum", "Multiply")
        mean = [L.GlobalAveragePooling1D(name=f"mean_{n.lower()}")(getattr(L, n)()([a, b])) for n in names]
        return Model([x, y], [*mean, L.GRU(3, name="joined")(L.Concatenate(axis=1)([a, b]))])

    def feed(random):
        return [padded_ids(random), padded_ids(random)[::-1].copy()]

    add("mask_of_two", merged, feed=feed)

    def distributed():
        x = Input((6, 3), dtype="int32", name="x")
        words = L.TimeDistributed(L.Embedding(5, 4, mask_zero=True), name="words")(x)
        return Model(x, L.LSTM(3, name="y")(L.TimeDistributed(L.LSTM(4), name="lines")(words)))

    def lines(random):
        ids = random.integers(1, 5, (4, 6, 3))
        ids[0, 4:], ids[1, :, 2], ids[2, 2], ids[3, 0, 1:] = 0, 0, 0, 0
        return ids.astype("int32")

    add("time_distributed_embedding", distributed, feed=lines)


def given_masks(add):
    """Masks of other shapes than (batch, time), which Keras takes as well."""

    def sequences():
        x, long, column = Input((5, 4), name="x"), Input((7,), dtype="bool", name="long"), Input((5, 1), dtype="bool", name="column")
        outputs = [
            L.LSTM(3, name="longer")(x, mask=long),
            L.GRU(3, go_backwards=True, return_sequences=True, name="longer_backwards")(x, mask=long),
            L.SimpleRNN(3, name="one_column")(x, mask=column),
            L.RNN([L.LSTMCell(2), L.GRUCell(3)], name="cells")(x, mask=column),
        ]
        return Model([x, long, column], outputs)

    def feed(random):
        long = random.random((3, 7)) > 0.4
        long[:, 0], long[0, 2:] = True, False
        return [random.normal(0, 1, (3, 5, 4)).astype("float32"), long, random.random((3, 5, 1)) > 0.4]

    add("given_masks_of_sequences", sequences, feed=feed, batches=32)

    def pairs():
        x, v, mask = Input((5, 4), name="x"), Input((6, 4), name="v"), Input((5, 6), dtype="bool", name="mask")
        kinds = (L.Attention, L.AdditiveAttention)
        return Model([x, v, mask], [kind(name=f"y{i}")([x, v], mask=[None, mask]) for i, kind in enumerate(kinds)])

    def feed_pairs(random):
        return [*(random.normal(0, 1, (3, n, 4)).astype("float32") for n in (5, 6)), random.random((3, 5, 6)) > 0.4]

    add("given_masks_of_pairs", pairs, feed=feed_pairs, keras=(3,))

    def unchanged():
        """Layers of the inner model that return their input's numbers without its mask."""
        inner = Input((5, 4), name="inner")
        layers = [L.Permute((1, 2), name="permute"), L.Reshape((5, 4), name="reshape"), L.Dropout(0.2, name="dropout")]
        outputs = [L.GRU(3, name=f"after_{layer.name}")(layer(inner)) for layer in layers]
        x, mask = Input((5, 4), name="x"), Input((5,), dtype="bool", name="mask")
        return Model([x, mask], Model(inner, outputs, name="model_inside")(x, mask=mask))

    def feed_unchanged(random):
        return [random.normal(0, 1, (3, 5, 4)).astype("float32"), random.random((3, 5)) > 0.4]

    add("given_mask_of_a_model", unchanged, feed=feed_unchanged)


def policies(add):
    def build():
        policy, exact = keras.dtype_policies, keras.backend.floatx() == "float64"
        table = policy.DTypePolicyMap(default_policy="float64" if exact else "float32")
        table["half"] = policy.DTypePolicy("float64" if exact else "mixed_float16")
        return chain((4,), L.Dense(5, dtype=table, name="half"), L.Dense(3, dtype=table, name="y"))

    add("policy_map", build, keras=(3,), coarse=True)


def cases(add):
    for family in (axes, normalizations, convolutions, lookups, attentions, masks, given_masks, policies):
        family(add)
