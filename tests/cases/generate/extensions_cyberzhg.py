"""CyberZHG's libraries of attention and BERT, which support only Keras 2."""

import importlib.util

import numpy as np

from generate.building import Input, L, Model, chain, keras

AVAILABLE = importlib.util.find_spec("keras_bert") is not None
if AVAILABLE:
    import keras_bert
    import keras_multi_head
    import keras_self_attention as ksa
    import keras_transformer
    from keras_embed_sim import EmbeddingRet, EmbeddingSim
    from keras_layer_normalization import LayerNormalization
    from keras_pos_embd import PositionEmbedding, TrigPosEmbedding
    from keras_position_wise_feed_forward import FeedForward

BOTH = ("keras", "h5")


def tokens(random):
    """Two of three rows end early with zeros."""
    ids = random.integers(1, 9, (3, 6)).astype("float32")
    ids[0, 4:] = ids[2, 2:] = 0
    return ids


def embedded():
    ids = Input((6,), name="ids")
    return ids, L.Embedding(9, 4, mask_zero=True, name="embedding")(ids)



def outputs(layer, x, table):
    results = []
    for name, own in table.items():
        y = layer(name=name, **own)(x)
        results += y if isinstance(y, list) else [y]
    return results


SEQUENCES = {
    "plain": dict(units=5),
    "narrow": dict(units=3, attention_width=3, attention_activation="sigmoid", use_additive_bias=False),
    "history": dict(units=3, attention_width=2, history_only=True, return_attention=True),
    "past": dict(units=2, history_only=True, use_attention_bias=False),
    "product": dict(attention_type="multiplicative"),
    "bare": dict(attention_type="multiplicative", use_attention_bias=False, attention_width=4, attention_regularizer_weight=0.1),
}


def sequences():
    x = Input((6, 4), name="x")
    return Model(x, outputs(ksa.SeqSelfAttention, x, SEQUENCES))


def masked_sequences():
    ids, x = embedded()
    table = {"plain": dict(units=5), "history": dict(units=3, history_only=True, return_attention=True)}
    weighted = {"weighted": {}, "shares": dict(use_bias=False, return_attention=True)}
    scaled = {"scaled": {}, "shown": dict(history_only=True, return_attention=True)}
    results = outputs(ksa.SeqSelfAttention, x, table) + outputs(ksa.SeqWeightedAttention, x, weighted)
    return Model(ids, results + outputs(ksa.ScaledDotProductAttention, x, scaled))


def scaled():
    q, k, v = Input((5, 4), name="q"), Input((6, 4), name="k"), Input((6, 3), name="v")
    return Model([q, k, v], ksa.ScaledDotProductAttention(history_only=True, return_attention=True, name="y")([q, k, v]))


def heads():
    ids, x = embedded()
    q = Input((5, 3), name="q")
    mha = keras_multi_head.MultiHeadAttention
    return Model(
        [ids, q],
        [
            mha(2, name="self")(x),
            mha(4, activation=None, use_bias=False, history_only=True, name="history")(x),
            mha(2, activation="tanh", name="query")([q, x, x]),
        ],
    )


def beside():
    x = Input((6, 4), name="x")
    many = keras_multi_head.MultiHead
    return Model(
        x,
        [
            many(L.Dense(3, activation="tanh"), layer_num=3, name="dense")(x),
            many(L.LSTM(2, return_sequences=True), layer_num=2, hidden_dim=4, name="lstm")(x),
            many([L.Conv1D(3, 2, padding="same", name="c1"), L.Conv1D(3, 3, padding="same", name="c2")], hidden_dim=4, use_bias=False, name="both")(x),
        ],
    )


def positions():
    x, numbers = Input((5, 4), name="x"), Input((5,), dtype="int32", name="numbers")
    return Model(
        [x, numbers],
        [
            PositionEmbedding(3, 2, name="given")(numbers),
            PositionEmbedding(7, 4, mode="add", name="added")(x),
            PositionEmbedding(7, 3, mode="concat", name="beside")(x),
            TrigPosEmbedding(name="sines")(x),
            TrigPosEmbedding(mode="concat", output_dim=2, name="sines_beside")(x),
            TrigPosEmbedding(mode="expand", output_dim=6, name="sines_given")(numbers),
        ],
    )


def numbers(random):
    return [random.normal(size=(3, 5, 4)).astype("float32"), random.integers(-5, 6, (3, 5)).astype("int32")]


def parts():
    ids = Input((6,), name="ids")
    x, table = EmbeddingRet(9, 4, mask_zero=True, name="ret")(ids)
    y = FeedForward(5, name="forward")(x)
    y = LayerNormalization(name="norm")(y)
    y = FeedForward(3, activation="tanh", use_bias=False, dropout_rate=0.2, name="bare")(y)
    y = LayerNormalization(center=False, epsilon=1e-3, name="norm_bare")(y)
    return Model(ids, [EmbeddingSim(name="sim")([y, table]), EmbeddingSim(use_bias=False, name="sim_bare")([y, table])])


def transformer():
    """As a layer of a model with integer inputs, whose noise can be measured; an id moved by a unit would be another id."""
    inputs = [Input((6,), dtype="int32", name="encoded"), Input((6,), dtype="int32", name="decoded")]
    return Model(inputs, keras_transformer.get_model(9, 4, 1, 1, 2, 6, dropout_rate=0.1)(inputs))


def halves(random):
    return [tokens(random).astype("int32"), tokens(random)[::-1].astype("int32")]


SHORT = dict(token_num=9, pos_num=6, seq_len=6, embed_dim=4, transformer_num=1, head_num=2, feed_forward_dim=5)


def bert_inputs(random):
    marked = np.zeros((3, 6), "float32")
    marked[:, 1] = 1
    return [tokens(random), random.integers(0, 2, (3, 6)).astype("float32"), marked]


def features():
    inputs, y = keras_bert.get_model(**SHORT, training=False, output_layer_num=1, use_task_embed=True, task_num=3)
    pooled = keras_bert.layers.MaskedGlobalMaxPool1D(name="pooled")(y)
    return Model(inputs, [y, pooled, keras_bert.layers.Extract(-2, name="second_last")(y)])


def tasks(random):
    first, second, _ = bert_inputs(random)
    return [first, second, random.integers(0, 3, (3, 1)).astype("float32")]


def cases(add):
    if not AVAILABLE:
        return
    known = {**keras_bert.get_custom_objects(), **keras_transformer.get_custom_objects()}
    for layer in (ksa.SeqSelfAttention, ksa.SeqWeightedAttention, ksa.ScaledDotProductAttention, keras_multi_head.MultiHead):
        known[layer.__name__] = layer
    known["MaskedGlobalMaxPool1D"] = keras_bert.layers.MaskedGlobalMaxPool1D
    keras.utils.get_custom_objects().update(known)
    add("seq_self_attention", sequences, formats=BOTH)
    add("seq_attention_masked", masked_sequences, feed=tokens, formats=BOTH)
    add("scaled_dot_attention", scaled, formats=BOTH)
    add("multi_head_attention", heads, feed=lambda random: [tokens(random), random.normal(size=(3, 5, 3)).astype("float32")], formats=BOTH)
    add("multi_head_layers", beside, formats=("h5",))
    add("position_embeddings", positions, feed=numbers, formats=BOTH, float64=False)  # it computes sines in float32 always
    add("transformer_parts", parts, feed=tokens, formats=BOTH)
    add("keras_transformer", transformer, feed=halves, formats=BOTH, float64=False)
    add("keras_bert", lambda: keras_bert.get_model(**SHORT), feed=bert_inputs)
    add("keras_bert_features", features, feed=tasks, formats=("h5",))
