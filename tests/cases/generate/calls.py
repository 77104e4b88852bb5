"""Arguments of calls: masks, states and constants by position and by name, of every type, through models and wrappers; training=True."""

import numpy as np

from generate.building import KERAS, Input, L, Model, keras
from generate.oracle import tf

STEPS, FEATURES, MEMORY = 4, 3, 6
BOTH = ("keras", "h5")
HELD = np.array([[True, True, False, True]])


def tensors(**shapes):
    """Inputs by name; those that end with "mask" are boolean."""
    return [Input(s, name=n, dtype="bool" if n.endswith("mask") else None) for n, s in shapes.items()]


def feed(*shapes):
    """Normal numbers for 3 rows; for a shape that begins with a dtype, values of a mask of that type."""

    def make(random):
        arrays = []
        for kind, *shape in shapes:
            if kind == "x":
                arrays.append(random.normal(0, 1.5, (3, *shape)).astype("float32"))
                continue
            mask = random.uniform(0, 1, (3, *shape)) > 0.4
            mask.reshape(3, -1)[:, 0] = True
            arrays.append(mask.astype(kind))
        return arrays

    return make


def mean(y, name):
    """The mean over the steps that the mask of y allows."""
    return L.GlobalAveragePooling1D(name=name)(y)


def by_position(add):
    def build():
        x, v, m, n = tensors(x=(STEPS, FEATURES), v=(MEMORY, FEATURES), x_mask=(STEPS,), v_mask=(MEMORY,))
        square, scores = tensors(square_mask=(STEPS, STEPS), scores_mask=(STEPS, MEMORY))
        h = Input((5,), name="h")
        outputs = [
            L.GlobalAveragePooling1D(name="pooled")(x, m),
            L.Softmax(name="softmax")(L.Dense(STEPS)(x), square),
            L.GRU(5, name="gru")(x, None, m),
            L.GRU(5, name="gru_state")(x, [h], m),
            L.Bidirectional(L.GRU(2), name="both")(x, None, m),
            mean(L.GRU(2, return_sequences=True)(x, None, m), "gru_mask"),
            L.Attention(name="dot")([x, v], [m, n]),
            L.MultiHeadAttention(2, 3, name="heads")(x, v, v, m, n, n, scores),
        ]
        return Model([x, v, m, n, square, scores, h], outputs)

    shapes = [("x", STEPS, FEATURES), ("x", MEMORY, FEATURES), ("bool", STEPS), ("bool", MEMORY)]
    shapes += [("bool", STEPS, STEPS), ("bool", STEPS, MEMORY), ("x", 5)]
    add("mask_by_position", build, keras=(3,), formats=BOTH, feed=feed(*shapes))


def of_numbers(add):
    def build():
        x, v = tensors(x=(STEPS, FEATURES), v=(MEMORY, FEATURES))
        i, f, j = Input((STEPS,), dtype="int32", name="i"), Input((STEPS,), name="f"), Input((MEMORY,), dtype="int32", name="j")
        outputs = [] if KERAS == 2 else [  # Keras 2 accepts only boolean masks in recurrent layers
            L.LSTM(2, name="lstm")(x, mask=i),
            L.Bidirectional(L.GRU(2), name="both")(x, mask=f),
            mean(L.GRU(2, return_sequences=True)(x, mask=f), "gru"),
        ]
        outputs += [
            L.GlobalAveragePooling1D(name="pooled_whole")(x, mask=i),
            L.GlobalAveragePooling1D(name="pooled")(x, mask=f),
            L.Softmax(axis=1, name="softmax")(L.Dense(1)(x), mask=L.Reshape((STEPS, 1))(f)),
        ]
        return Model([x, v, i, f, j], outputs + [L.MultiHeadAttention(1, 2, name="heads")(x, v, attention_mask=L.Reshape((1, MEMORY))(j))])

    shapes = [("x", STEPS, FEATURES), ("x", MEMORY, FEATURES), ("int32", STEPS), ("float32", STEPS), ("int32", MEMORY)]
    add("mask_of_numbers", build, formats=BOTH, feed=feed(*shapes))


def constant(add):
    def attention():
        x, v = tensors(x=(STEPS, FEATURES), v=(MEMORY, FEATURES))
        random = np.random.RandomState(1)

        def heads(name, *shape):
            held = random.uniform(0, 1, shape) > 0.4
            held[..., 0] = True
            return L.MultiHeadAttention(2, 3, name=name)(x, v, attention_mask=tf.constant(held) if KERAS == 2 else held)

        shapes = {"one": (1, STEPS, MEMORY), "bare": (STEPS, MEMORY), "of_heads": (1, 2, STEPS, MEMORY), "of_keys": (1, 1, MEMORY)}
        return Model([x, v], [heads(name, *shape) for name, shape in shapes.items()])

    def others():
        x, v = tensors(x=(STEPS, FEATURES), v=(MEMORY, FEATURES))
        state = np.arange(4, dtype="float32").reshape(1, 4) / 8
        outputs = [
            L.LSTM(4, name="state")(x, initial_state=[state, -state]),
            L.LSTM(4, name="masked")(x, mask=HELD),
            L.GlobalAveragePooling1D(name="pooled")(x, mask=HELD),
            L.Bidirectional(L.GRU(2), name="both")(x, mask=HELD.astype("int32")),
            L.Softmax(name="softmax")(L.Dense(STEPS)(x), mask=np.tril(np.ones((1, STEPS, STEPS), bool))),
            L.AdditiveAttention(name="additive")([x, v], mask=[HELD, None]),
        ]
        return Model([x, v], outputs)

    add("attention_mask_constant", attention, formats=BOTH)
    add("mask_and_states_constant", others, keras=(3,), formats=BOTH)


def nested(add):
    def build():
        x, y, m, n = tensors(x=(STEPS, FEATURES), y=(STEPS, FEATURES), x_mask=(STEPS,), y_mask=(STEPS,))

        def model(name, *layers):
            a = b = Input((STEPS, FEATURES))
            for layer in layers:
                b = layer(b)
            return Model(a, b, name=name)

        a, b = Input((STEPS, FEATURES)), Input((STEPS, FEATURES))
        two = Model([a, b], L.Concatenate()([L.LSTM(2)(a), L.GRU(2)(b)]), name="two")
        chain = keras.Sequential([Input((STEPS, FEATURES)), L.Activation("tanh"), L.GRU(2)], name="chain")
        z = L.Dense(FEATURES)(y)
        outputs = [
            model("inner", L.LSTM(3))(x, mask=m),
            chain(L.Dense(FEATURES)(x), mask=m),
            model("around", model("deep", L.Dense(FEATURES), L.LSTM(2)))(L.Dense(FEATURES)(x), mask=m),
            two([L.Dense(FEATURES)(x), z], mask=[m, n]),
            two([L.Masking()(L.Dense(FEATURES)(x)), L.Masking()(L.Dense(FEATURES)(y))], mask=[None, n]),
            mean(model("steps", L.GRU(2, return_sequences=True))(L.Dense(FEATURES)(x), mask=m), "after"),
        ]
        return Model([x, y, m, n], outputs)

    add("mask_of_nested_model", build, formats=BOTH, feed=feed(("x", STEPS, FEATURES), ("x", STEPS, FEATURES), ("bool", STEPS), ("bool", STEPS)))


def named(add):
    def build():
        q, v, k = tensors(q=(STEPS, FEATURES), v=(MEMORY, FEATURES), k=(MEMORY, FEATURES))
        qm, vm, km = tensors(q_mask=(STEPS,), v_mask=(MEMORY,), k_mask=(MEMORY,))
        heads = [
            L.MultiHeadAttention(2, 3, name="query")(q, v, k, query_mask=qm),
            L.MultiHeadAttention(2, 3, name="value")(q, v, k, value_mask=vm),
            L.MultiHeadAttention(2, 3, name="key")(q, v, k, key_mask=km),
            L.MultiHeadAttention(2, 3, name="all")(query=q, value=v, value_mask=vm, query_mask=qm, use_causal_mask=True),
        ]
        return Model([q, v, k, qm, vm, km], heads)

    shapes = [("x", STEPS, FEATURES), ("x", MEMORY, FEATURES), ("x", MEMORY, FEATURES), ("bool", STEPS), ("bool", MEMORY), ("bool", MEMORY)]
    add("mha_masks_by_name", build, keras=(3,), formats=BOTH, feed=feed(*shapes))

    def replaced():
        """A mask that is None, or given for one of two tensors, is completed by the masks that the tensors carry."""
        q, v, qm = tensors(q=(STEPS, FEATURES), v=(MEMORY, FEATURES), q_mask=(STEPS,))
        a, b = L.Masking()(q), L.Masking()(v)
        outputs = [
            L.Attention(name="of_query")([a, b], mask=[qm, None]),
            L.LSTM(2, name="none")(a, mask=None),
            L.GlobalAveragePooling1D(name="pooled")(a, mask=None),
        ]
        return Model([q, v, qm], outputs)

    def zeros(random):
        arrays = feed(("x", STEPS, FEATURES), ("x", MEMORY, FEATURES), ("bool", STEPS))(random)
        arrays[0][0, 2:], arrays[0][2, 0], arrays[1][1, 3:] = 0, 0, 0
        return arrays

    add("mask_given_as_none", replaced, formats=BOTH, feed=zeros)


NOTES = "Keras 2 computes with the statistics of the batch, Keras 3's predict with those it keeps."


def training(add):
    def around(name, layer, shape=(STEPS, FEATURES)):
        x = Input(shape)
        return Model(x, layer(x), name=name)

    def build():
        x = Input((STEPS, FEATURES), name="x")
        norm = L.BatchNormalization
        frozen = norm(name="frozen")
        outputs = [
            around("nested", norm())(x, training=True),
            around("nested_off", norm())(x, training=False),
            around("outer", around("inner", norm()))(x, training=True),
            keras.Sequential([Input((STEPS, FEATURES)), norm()], name="chain")(x, training=True),
            L.TimeDistributed(norm(), name="steps")(x, training=True),
            L.TimeDistributed(around("of_a_step", norm(), (FEATURES,)), name="steps_of_model")(x, training=True),
            around("whole", frozen)(x, training=1),
        ]
        frozen.trainable = False
        y = Input((STEPS, FEATURES))
        off = Model(y, norm()(y, training=False), name="off")
        on = Model(y, norm()(y, training=True), name="on")
        return Model(x, [*outputs, off(x, training=True), on(x), on(L.Dense(FEATURES)(x), training=False)])

    add("batch_norm_training_inside", build, formats=BOTH, notes=NOTES)

    def shapes():
        x, y, m = Input((3, 4, 2), name="x"), Input((STEPS, FEATURES), name="y"), Input((STEPS,), dtype="bool", name="m")
        norm = L.BatchNormalization
        outputs = [
            norm(name="fused")(x, training=True),
            norm(axis=1, epsilon=1e-7, name="first")(x, training=True),
            norm(axis=1, center=False, scale=False, name="steps")(y, training=True),
            norm(name="masked")(y, training=True, mask=m),
            norm(name="carried")(L.Masking()(y), training=True),
            norm(name="vectors")(L.Dense(4)(L.Flatten()(y)), training=True),
        ]
        return Model([x, y, m], outputs)

    def zeros(random):
        x, y, m = feed(("x", 3, 4, 2), ("x", STEPS, FEATURES), ("bool", STEPS))(random)
        y[0, 2:], y[2, 0] = 0, 0
        return [x * 1e-2, y, m]

    add("batch_norm_training_shapes", shapes, feed=zeros, notes=NOTES)

    def harmless():
        """Layers that draw no random numbers may be called with training=True."""
        x = Input((STEPS, FEATURES), name="x")
        y = L.GaussianNoise(0.0)(L.Dropout(0.0)(x, training=True), training=True)
        inner = around("inner", L.LSTM(2, return_sequences=True), (STEPS, FEATURES))
        z = L.UnitNormalization()(L.LayerNormalization()(L.ActivityRegularization(0.1)(y)))
        heads = L.MultiHeadAttention(1, 2)(z, z, training=True)
        return Model(x, L.Bidirectional(L.GRU(2), name="y")(inner(heads, training=True), training=True))

    add("training_without_chance", harmless)


def refusals(add):
    def build():
        x = Input((STEPS, FEATURES), name="x")
        y = Input((STEPS, FEATURES))
        noise, frozen = L.Dropout(0.5, name="noise"), L.GaussianNoise(0.5, name="frozen")
        outputs = [
            Model(y, noise(y), name="inner")(x, training=True),
            keras.Sequential([Input((STEPS, FEATURES)), L.SpatialDropout1D(0.5, name="spatial")], name="chain")(x, training=True),
            L.TimeDistributed(L.GaussianDropout(0.5, name="wrapped"))(x, training=True),
            L.Bidirectional(L.LSTM(2, dropout=0.5, name="direction"))(x, training=True),
            L.RNN(L.GRUCell(2, recurrent_dropout=0.5, name="cell"))(x, training=True),
            L.MultiHeadAttention(1, 2, dropout=0.5, name="heads")(x, x, training=True),
            frozen(x, training=True),
        ]
        frozen.trainable = False
        return Model(x, outputs)

    names = ["inner/noise", "chain/spatial", "wrapped", "direction", "cell", "heads", "frozen"]
    add("refuse_training_inside", build, keras=(2,), formats=BOTH, expect_error="training", expect_also=names)


def cases(add):
    for family in (by_position, of_numbers, constant, nested, named, training, refusals):
        family(add)
