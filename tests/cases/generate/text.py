"""Embeddings, masks and text: layers that turn words and ids into numbers."""

import numpy as np

from generate.building import Input, L, Model, chain
from generate.oracle import tf

WORDS = ["red", "green", "blue", "straße", "日本", "mauve"]
SENTENCES = [
    "The quick, brown fox!",
    "the lazy dog",
    "",
    "Fox & dog -- the END.",
    "É ÉTÉ à la plage",
    "a\tb\nc  d",
    "dog dog dog fox",
    "don't stop",
]


def embedding_table():
    """Keras casts other ids to int32."""
    x, y, z = (
        Input((4,), dtype="int32", name="int32"),
        Input((4,), dtype="int64", name="int64"),
        Input((2, 3), name="floats"),
    )
    return Model(
        [x, y, z],
        [
            L.Embedding(7, 3, name="three")(x),
            L.Embedding(5, 1, name="one")(y),
            L.Embedding(6, 33, name="wide")(z),
        ],
    )


def embedding_feed(random):
    return [
        random.integers(0, 7, (3, 4)).astype("int32"),
        random.integers(0, 5, (3, 4)).astype("int64"),
        random.integers(0, 6, (3, 2, 3)) + np.float32(0.75),
    ]


def embedding_pair():
    x = Input((5,), dtype="int32", name="ids")
    e = L.Embedding(9, 4, name="embedding")(x)
    return Model(x, L.Dense(2, name="y")(L.Flatten()(e)))


def masked_mean():
    x, ids = Input((6, 3), name="x"), Input((5,), dtype="int32", name="ids")
    m, e = L.Masking(0.0, name="zero")(x), L.Embedding(8, 3, mask_zero=True, name="embedding")(ids)
    mean = L.GlobalAveragePooling1D()
    return Model(
        [x, ids],
        [
            m,
            L.GlobalAveragePooling1D(name="mean")(m),
            L.GlobalAveragePooling1D(keepdims=True, name="mean_ids")(e),
            mean(L.Dropout(0.5)(L.LayerNormalization()(L.Activation("tanh")(L.Dense(4)(e))))),
        ],
    )


def masked_mean_feed(random):
    x = random.normal(0, 1, (3, 6, 3)).astype("float32")
    x[0, 2:4], x[1, 0], x[2, 4:] = 0, 0, 0
    x[1, 1, 0] = 0
    ids = random.integers(1, 8, (3, 5)).astype("int32")
    ids[0, 1], ids[1, 3:], ids[2, :2] = 0, 0, 0
    return [x, ids]


def mask_value():
    x = Input((5, 2), name="x")
    return Model(x, [L.Masking(-1.0, name="minus_one")(x), L.LSTM(3, name="lstm")(L.Masking(0.5)(x))])


def mask_value_feed(random):
    x = random.normal(0, 1, (3, 5, 2)).astype("float32")
    x[0, 1], x[1, 3:], x[2, 0], x[2, 2] = 0.5, 0.5, -1.0, 0.5
    return x


def masks_merged():
    """Masks of two sequences: Add ors them, Concatenate joins them."""
    a, b = Input((5,), dtype="int32", name="a"), Input((5,), dtype="int32", name="b")
    ea, eb = L.Embedding(8, 3, mask_zero=True, name="embed_a")(a), L.Embedding(
        8, 3, mask_zero=True, name="embed_b"
    )(b)
    plain = L.Embedding(8, 3, name="embed_plain")(b)
    merged = [
        L.Add()([ea, eb]),
        L.Multiply()([ea, eb]),
        L.Concatenate()([ea, eb]),
        L.Concatenate(axis=1)([ea, eb]),
        L.Add()([ea, plain]),
        L.Concatenate()([ea, plain]),
    ]
    return Model([a, b], [L.GRU(3, name=f"gru{i}")(m) for i, m in enumerate(merged)])


def masks_merged_feed(random):
    return [
        random.integers(0, 3, (4, 5)).astype("int32") * random.integers(0, 4, (4, 5)).astype("int32") % 8
        for _ in range(2)
    ]


def mask_dropped():
    """Reshape, Flatten and Conv1D drop the mask; the layers after them see every step."""
    x = Input((6,), dtype="int32", name="ids")
    e = L.Embedding(8, 4, mask_zero=True, name="embedding")(x)
    return Model(
        x,
        [
            L.LSTM(3, name="behind_conv")(L.Conv1D(4, 3, padding="same")(e)),
            L.LSTM(3, name="behind_reshape")(L.Reshape((3, 8))(e)),
            L.LSTM(3, name="kept")(e),
            L.Dense(2, name="flat")(L.Flatten()(e)),
        ],
    )


def masks(add):
    add("embedding", embedding_table, feed=embedding_feed, formats=("keras", "h5"))
    add("embedding_dense", embedding_pair, formats=("json",))
    add("mask_mean", masked_mean, feed=masked_mean_feed)
    add("mask_value", mask_value, feed=mask_value_feed)
    add("mask_merged", masks_merged, feed=masks_merged_feed)
    add("mask_dropped", mask_dropped, feed=lambda r: r.integers(0, 3, (4, 6)).astype("int32"))


def words(shape):
    return lambda random: random.choice(np.array(WORDS + ["unknown", "", "Red"]), shape)


def lookups():
    """String ids: layout of tables, several indices for unknown words, a mask, and the inverse."""
    x = Input((3,), dtype="string", name="x")
    given = WORDS[:4]
    layers = [
        L.StringLookup(vocabulary=given, name="plain"),
        L.StringLookup(vocabulary=given, num_oov_indices=3, name="three_slots"),
        L.StringLookup(vocabulary=given, mask_token="", name="masked"),
        L.StringLookup(vocabulary=given, mask_token="", num_oov_indices=2, name="masked_two_slots"),
        L.StringLookup(vocabulary=given, oov_token="[NONE]", name="renamed"),
    ]
    return Model(x, [layer(x) for layer in layers])


def lookup_modes():
    x = Input((3,), dtype="string", name="x")
    table = {
        "multi_hot": dict(output_mode="multi_hot"),
        "count": dict(output_mode="count"),
        "tf_idf": dict(output_mode="tf_idf", idf_weights=[0.5, 1.5, 2.0, 0.25]),
        "padded": dict(output_mode="count", max_tokens=9, pad_to_max_tokens=True),
    }
    return Model(
        x, [L.StringLookup(vocabulary=WORDS[:4], name=name, **more)(x) for name, more in table.items()]
    )


def lookup_one_hot():
    x = Input((1,), dtype="string", name="x")
    return Model(
        x,
        L.Dense(3, name="y")(
            L.StringLookup(vocabulary=WORDS[:4], output_mode="one_hot", num_oov_indices=2)(x)
        ),
    )


def lookup_adapted():
    layer = L.StringLookup(name="lookup", num_oov_indices=2, mask_token="")
    layer.adapt(np.array(["b", "a", "b", "c", "b", "a", "lé", "red", "green"]))
    x = Input((3,), dtype="string", name="x")
    ids = layer(x)
    return Model(x, [ids, L.Dense(2, name="y")(L.Flatten()(L.Embedding(12, 3, name="embedding")(ids)))])


def lookup_inverse():
    x = Input((3,), dtype="int64", name="x")
    return Model(x, L.StringLookup(vocabulary=WORDS[:4], invert=True, name="y")(x))


def lookup_embedding():
    """From words to numbers, on the host and then on the device."""
    x = Input((4,), dtype="string", name="words")
    ids = L.StringLookup(vocabulary=WORDS, mask_token="", name="lookup")(x)
    return Model(x, L.Dense(2, name="y")(L.LSTM(4)(L.Embedding(8, 5, mask_zero=True)(ids))))


def lookup(add):
    add("string_lookup", lookups, feed=words((4, 3)), formats=("keras", "h5"))
    add("string_lookup_modes", lookup_modes, feed=words((4, 3)))
    add("string_lookup_one_hot", lookup_one_hot, feed=words((6, 1)))
    add(
        "string_lookup_adapted",
        lookup_adapted,
        feed=lambda r: r.choice(np.array(["a", "b", "c", "lé", "red", "zzz", ""]), (5, 3)),
    )
    add("string_lookup_inverse", lookup_inverse, feed=lambda r: np.arange(-1, 8).reshape(3, 3))
    add("string_lookup_embedding", lookup_embedding, feed=words((5, 4)), formats=("keras", "h5"))


def adapted(**arguments):
    layer = L.TextVectorization(**arguments)
    layer.adapt(
        np.array([s.replace("\n", " ") for s in SENTENCES])
    )  # a vocabulary file cannot hold the token "\n"
    return layer


def sentences(random):
    return np.array(SENTENCES + ["unseen words, the fox", "É"])[:, None]


def vectorize(**arguments):
    return lambda: chain((1,), adapted(name="y", **arguments), dtype="string")


def vectorize_given():
    vocabulary = ["the", "fox", "dog", "été"]
    return chain(
        (1,),
        L.TextVectorization(vocabulary=vocabulary, output_sequence_length=6, name="ids"),
        L.Embedding(6, 4, name="embedding"),
        L.GlobalAveragePooling1D(),
        L.Dense(2, name="y"),
        dtype="string",
    )


def vectorize_classify():
    return chain(
        (1,),
        adapted(max_tokens=12, output_sequence_length=5),
        L.Embedding(12, 4, mask_zero=True),
        L.Bidirectional(L.GRU(3)),
        L.Dense(2, activation="softmax", name="y"),
        dtype="string",
    )


def vectorization(add):
    add("text_int", vectorize(), feed=sentences)
    add("text_length", vectorize(output_sequence_length=4, max_tokens=9), feed=sentences)
    add(
        "text_multi_hot",
        vectorize(output_mode="multi_hot", max_tokens=24, pad_to_max_tokens=True),
        feed=sentences,
    )
    add("text_count", vectorize(output_mode="count"), feed=sentences)
    add("text_tf_idf", vectorize(output_mode="tf_idf"), feed=sentences)
    add("text_ngrams", vectorize(ngrams=2), feed=sentences)
    add("text_ngrams_pair", vectorize(ngrams=(1, 3), output_mode="count"), feed=sentences)
    add("text_lower", vectorize(standardize="lower"), feed=sentences)
    add("text_strip", vectorize(standardize="strip_punctuation"), feed=sentences)
    add("text_as_is", vectorize(standardize=None), feed=sentences)
    add("text_characters", vectorize(split="character", output_sequence_length=12), feed=sentences)
    add("text_whole", vectorize(split=None), feed=sentences)
    add("text_given", vectorize_given, feed=sentences, formats=("keras", "h5"))
    add("text_classify", vectorize_classify, feed=sentences)


def text_functions():
    """Functions of texts in a graph, with texts of the file between them."""
    n, t = Input((3,), name="n", dtype="int32"), Input((3,), name="t", dtype="string")
    written = tf.strings.as_string(n)
    outputs = [
        tf.strings.to_number(written),
        tf.strings.to_number(tf.strings.as_string(tf.cast(n, "float32") / 4.0)),
        tf.strings.length(tf.strings.join([t, "-", written, "ü"], separator=", ")),
        tf.strings.to_hash_bucket_fast(tf.strings.join(["<", tf.strings.upper(t), ">"]), 97),
        tf.strings.to_hash_bucket_strong(tf.strings.lower(tf.strings.strip(t)), 89, key=[5, 7]),
        tf.strings.to_number(tf.strings.regex_replace(written, "[13]", "7"), tf.int64),
    ]
    return Model([n, t], outputs)


def feed_functions(random):
    texts = np.array([[" Red ", "green", ""], ["STRASSE", "b l u e", "MAUVE"], ["x", "y\t", "Z"]])
    return [random.integers(-40, 400, (3, 3)).astype("int32"), texts]


def functions(add):
    add("text_functions", text_functions, feed=feed_functions, keras=(2,), formats=("keras", "h5"))


def cases(add):
    for family in (masks, lookup, vectorization, functions):
        family(add)
