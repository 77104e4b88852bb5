"""What changed between the releases of Keras inside their files: a handful of small models for each of them.

Config: dtype policies, `build_config`, nodes of shared and nested layers, implicit and explicit masks, layers as
activations, objects as arguments. Weights: how layers are numbered and which attribute holds them. Assets: vocabularies.
"""

import numpy as np

from generate import attention, text, topologies
from generate.building import KERAS, Input, L, Model, chain, compute, keras
from generate.oracle import WRITER, tf
from generate.precisions import mlp, under

RELEASE = tuple(int(part) for part in WRITER.split(".")[:2])
BOTH = ("keras", "h5")
# HDF5 files take ten times the space of an archive: only these releases write most of them.
FULL = RELEASE in ((2, 12), (3, 3), (3, 12))
SOME = BOTH if FULL else ("keras",)
# 3.0 and 3.1 name the weights of nested layers without their path, so that their own HDF5 writer gets duplicate names.
NESTED = BOTH if RELEASE not in ((3, 0), (3, 1)) else ("keras",)
# Since 3.10 a row that is masked everywhere gives zeros; before, float32 loses its scores next to -1e9, float64 does not.
ZEROES = RELEASE >= (3, 10)


def sequential_called():
    """No Input: the first call determines the shape."""
    model = keras.Sequential([L.Dense(4, activation="tanh"), L.BatchNormalization(), L.Dense(2, name="y")])
    model(np.zeros((2, 3), "float32"))
    return model


def functional():
    """Two inputs, a shared layer, a nested model that is called twice, a nested Sequential."""
    a, b = Input((4,), name="a"), Input((4,), name="b")
    shared, inner = L.Dense(4, activation="relu", name="shared"), topologies.inner_model()
    tail = keras.Sequential([L.Dense(3), L.ReLU(), L.Dense(2)], name="tail")
    left, right = inner(shared(a)), inner(shared(b))
    return Model(
        [a, b], [tail(L.Concatenate(name="joined")([left, right, a])), L.Add(name="sum")([left, right])]
    )


def numbering():
    """Layers of several classes with and without weights in between, and a model that contains the same classes."""
    inner = keras.Sequential([Input((4,)), L.Dense(4, name="a"), L.Dropout(0.1), L.Dense(4, name="b")], name="inner")
    layers = []
    for i in range(11):
        layers += [L.Dense(4, activation="tanh"), L.Dropout(0.1), *([inner, L.BatchNormalization()] if i % 5 == 2 else [])]
    return chain((4,), *layers, L.Dense(2, name="y"))


def recurrent():
    """Every way in which layers contain cells, and states that are passed."""
    x, start = Input((5, 3), name="x"), Input((4,), name="start")
    sequence = L.GRU(4, return_sequences=True, name="gru")(x, initial_state=start)
    both = L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="sum", name="both")(sequence)
    each = L.TimeDistributed(L.Dense(3), name="each")(both)
    stacked = L.RNN([L.LSTMCell(3), L.GRUCell(2), L.LSTMCell(2)], name="stacked")(each)
    last, h, c = L.LSTM(2, return_state=True, go_backwards=True, name="lstm")(sequence)
    return Model([x, start], [stacked, L.SimpleRNN(2, name="simple")(both), last, L.Add(name="sum")([h, c])])


def masked():
    """Masks from Embedding and Masking through layers that pass them on and combine them (3.6 and 3.9 fail to combine them in
    Concatenate)."""
    ids, x = Input((5,), dtype="int32", name="ids"), Input((5, 3), name="x")
    e = L.Embedding(8, 3, mask_zero=True, name="embedding")(ids)
    m = L.Masking(0.0, name="masking")(x)
    merged = L.Add(name="joined")([e, m])
    query = L.Dense(3, name="query")(merged)
    return Model(
        [ids, x],
        [
            L.LSTM(3, name="lstm")(L.Dropout(0.2)(merged)),
            L.Bidirectional(L.GRU(2), name="both")(L.Multiply(name="product")([e, m])),
            L.GlobalAveragePooling1D(name="mean")(L.LayerNormalization(name="norm")(e)),
            L.MultiHeadAttention(2, 3, name="heads")(query, merged),
        ],
    )


def masked_feed(random):
    ids = random.integers(1, 8, (3, 5)).astype("int32")
    ids[0, 3:], ids[1, :1] = 0, 0
    x = random.normal(0, 1, (3, 5, 3)).astype("float32")
    x[0, 4], x[2, 1] = 0, 0
    return [ids, x]


def heads():
    """3.0 and 3.1 cannot return scores, and require queries as wide as values."""
    q, v = Input((4, 6), name="q"), Input((5, 6), name="v")
    layer = L.MultiHeadAttention(2, 3, value_dim=2, name="heads")
    y, more = layer(q, v), []
    if KERAS == 2 or RELEASE >= (3, 3):
        y, scores = layer(y, v, return_attention_scores=True)
        more = [scores]
    y = L.LayerNormalization(name="norm")(L.Add(name="sum")([q, y]))
    return Model([q, v], [L.Attention(use_scale=True, name="plain")([y, y]), *more])


def objects():
    """Objects as arguments, and layers as activations."""
    return chain(
        (6, 5, 2),
        L.Conv2D(
            3,
            (2, 3),
            padding="same",
            kernel_regularizer=keras.regularizers.L2(0.01),
            kernel_constraint=keras.constraints.MaxNorm(2.0),
            bias_initializer=keras.initializers.Constant(0.1),
            activation=keras.activations.gelu,
        ),
        L.BatchNormalization(axis=-1, epsilon=1e-2, gamma_initializer=keras.initializers.Ones()),
        L.SeparableConv2D(4, 2, activation=L.LeakyReLU(0.2)),
        L.DepthwiseConv2D(2, strides=(1, 1)),
        L.PReLU(shared_axes=[1, 2]),
        L.MaxPooling2D((2, 1)),
        L.Flatten(),
        L.Dense(3, activation=L.Softmax(axis=-1), name="y"),
    )


def normalised():
    """Mean and variance from data, which Keras 3.0 and 2.x keep in weights; later releases do so too."""
    layer = L.Normalization(name="normalised")
    layer.adapt(np.random.default_rng(5).normal(3, 2, (50, 4)).astype("float32"))
    given = L.Normalization(mean=[1.0, 2.0, 0.5, -1.0], variance=[4.0, 0.25, 1.0, 9.0], name="given")
    x = Input((4,), name="x")
    return Model(x, [layer(x), given(x), L.Rescaling(0.5, offset=[0.1, 0.2, 0.3, 0.4], name="scaled")(x)])


def vocabularies():
    words, sentence = Input((3,), dtype="string", name="words"), Input((1,), dtype="string", name="sentence")
    adapted = L.StringLookup(name="adapted", num_oov_indices=2)
    adapted.adapt(np.array(["b", "a", "b", "red", "lé"]))
    given = L.StringLookup(vocabulary=text.WORDS[:4], output_mode="multi_hot", name="given")
    ids = text.adapted(max_tokens=12, output_sequence_length=5, name="ids")
    return Model([words, sentence], [adapted(words), given(words), ids(sentence)])


def vocabularies_feed(random):
    sentences = np.array(text.SENTENCES[:4] + ["unseen words, the fox"])[:, None]
    return [random.choice(np.array(["a", "b", "lé", "red", "green", "zzz", ""]), (5, 3)), sentences]


def integers():
    x = Input((3,), dtype="int64", name="x")
    adapted = L.IntegerLookup(name="adapted")
    adapted.adapt(np.array([7, 7, 7, 9, 9, 1], "int64"))
    return Model(x, [adapted(x), L.IntegerLookup(vocabulary=[4, 7, 1], output_mode="count", name="given")(x)])


def operators():
    """Python operators and functions on symbolic tensors, constants on either side, slices, tensors in lists."""
    x, y = Input((4, 6), name="x"), Input((3, 6), name="y")
    z = x[:, 1:] * 2.0 + y - 1.0 / (abs(y) + 0.5)
    if KERAS == 2:
        joined = tf.concat([z, y], axis=1)
        mean = tf.reduce_mean(joined, axis=-1, keepdims=True)
        flat = tf.reshape(tf.transpose(joined, (0, 2, 1)), (-1, 36))
        return Model([x, y], [tf.where(z > 0.0, z, y), tf.nn.relu(joined - mean), flat, z[:, None, ::2, -1]])
    joined = keras.ops.concatenate([z, y], axis=1)
    mean = keras.ops.mean(joined, axis=-1, keepdims=True)
    flat = keras.ops.reshape(keras.ops.transpose(joined, (0, 2, 1)), (-1, 36))
    return Model([x, y], [keras.ops.where(z > 0.0, z, y), keras.ops.relu(joined - mean), flat, z[:, None, ::2, -1]])


def policies():
    """A separate policy for each layer, also inside wrappers."""
    x = Input((5, 4), name="x")
    half, full = compute("mixed_float16"), compute("float32")
    y = L.Bidirectional(L.GRU(3, dtype=half, return_sequences=True), dtype=half, name="both")(x)
    y = L.LayerNormalization(dtype=half, name="norm")(L.Dense(4, dtype=half, name="half")(y))
    return Model(x, L.Dense(2, dtype=full, name="y")(L.GlobalMaxPooling1D(dtype=full, name="max")(y)))


def trained():
    """Compiled with objects and trained for one step, so that the file contains an optimizer's state."""
    model = keras.Sequential([Input((3,)), L.Dense(4, activation="relu"), L.BatchNormalization(), L.Dense(1, name="y")])
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.MeanSquaredError(),
        metrics=["mae", keras.metrics.RootMeanSquaredError()],
    )
    model.train_on_batch(np.ones((2, 3), "float32"), np.ones((2, 1), "float32"))
    return model


def small():
    return chain((6,), L.Dense(4), L.LayerNormalization(), L.Dense(2, name="y"))


def quantise(model):
    model.quantize("int8")


def cases(add):
    topology(add)
    layers(add)
    if RELEASE == (3, 6):
        add("ages_functional", functional, formats=("folder",))
    if RELEASE >= (3, 3):
        add("ages_int8", mlp, prepare=quantise, float64=False)


def topology(add):
    add("ages_sequential", topologies.sequential_images, formats=("keras", "json") if FULL else ("keras",))
    add("ages_sequential_called", sequential_called, formats=BOTH)
    add("ages_functional", functional, formats=NESTED)
    add("ages_nested_deep", topologies.nested_deep)
    add("ages_frozen", topologies.frozen_parts, formats=("h5",) if FULL else ())
    add("ages_numbering", numbering)
    add("ages_dictionaries", topologies.dictionaries)
    add("ages_trained", trained, formats=SOME, float64=False)


def layers(add):
    add("ages_recurrent", recurrent, formats=BOTH if RELEASE == (3, 12) else ("keras",))
    add("ages_masked", masked, feed=masked_feed, float64=ZEROES)
    add("ages_heads", heads, formats=SOME)
    if KERAS == 2 or RELEASE >= (3, 3):
        feed = attention.ids((6, [6, 4, 1, 2]))
        add("ages_padded", attention.padded_causal, feed=feed, float64=ZEROES)
    add("ages_objects", objects, rows=2)
    add("ages_normalised", normalised, fill=False)
    add("ages_vocabularies", vocabularies, feed=vocabularies_feed)
    add("ages_integers", integers, feed=lambda r: r.choice(np.array([1, 4, 7, 9, 5]), (4, 3)))
    add("ages_operators", operators, formats=BOTH)
    add("ages_policies", policies, coarse=True)
    add("ages_mixed", under("mixed_float16", small), coarse=True)
