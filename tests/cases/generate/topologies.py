"""Graphs: nested, shared, several inputs and outputs, as lists and dicts, and layers that mix rows."""

from generate.building import KERAS, Input, L, Model, chain, keras
from generate.oracle import tf

register = keras.saving.register_keras_serializable if KERAS == 3 else keras.utils.register_keras_serializable


def unnamed_sequential():
    """No Input: Keras takes the width from the first call."""
    model = keras.Sequential([L.Dense(4, activation="tanh"), L.BatchNormalization(), L.Dense(2, name="y")])
    model.build((None, 3))
    return model


def sequential_images():
    return keras.Sequential(
        [
            Input((8, 7, 1)),
            L.Conv2D(4, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Conv2D(6, 2, padding="same"),
            L.BatchNormalization(),
            L.ReLU(),
            L.Flatten(),
            L.Dropout(0.5),
            L.Dense(3, activation="softmax", name="y"),
        ]
    )


def inner_model(name="inner", width=4):
    a = Input((width,), name=f"{name}_in")
    return Model(
        a,
        L.BatchNormalization(name=f"{name}_bn")(L.Dense(width, activation="tanh", name=f"{name}_dense")(a)),
        name=name,
    )


def nested():
    x = Input((4,), name="x")
    return Model(x, L.Dense(2, name="y")(inner_model()(L.Dense(4, name="first")(x))))


def nested_twice():
    """One inner model, two calls, one of them on the result of the other."""
    x, z, inner = Input((4,), name="x"), Input((4,), name="z"), inner_model()
    a, b = inner(x), inner(L.Dense(4, name="between")(z))
    return Model([x, z], [L.Add(name="sum")([a, b]), inner(b)])


def nested_deep():
    """Models nested three levels deep; the last one starts as a Sequential without an Input."""
    a = Input((4,), name="a")
    middle = Model(a, L.Add(name="add")([inner_model("core")(a), a]), name="middle")
    outer = keras.Sequential([L.Dense(4, name="dense"), middle, inner_model("last")], name="outer")
    b = Input((4,), name="b")
    return Model(b, [outer(b), L.Dense(2, name="y")(outer(inner_model("apart")(b)))])


def nested_several():
    """A nested model with two inputs and two outputs."""
    a, b = Input((3,), name="a"), Input((4,), name="b")
    inner = Model([a, b], [L.Dense(2, name="left")(a), L.Concatenate(name="right")([b, a])], name="inner")
    x, y = Input((3,), name="x"), Input((4,), name="z")
    left, right = inner([x, y])
    return Model(
        [x, y], [L.Dense(2, name="y")(right), L.Add(name="sum")([left, L.Dense(2, name="other")(right)])]
    )


def nested_in_sequential():
    return keras.Sequential(
        [
            Input((4,)),
            L.Dense(4, name="first"),
            inner_model(),
            keras.Sequential([L.Dense(3), L.ReLU()], name="tail"),
            L.Dense(2, name="y"),
        ]
    )


def input_is_output():
    x = Input((3,), name="x")
    return Model(x, [L.Dense(2, name="y")(x), L.Activation("linear", name="same")(x)])


def shared_layer():
    a, b, dense = Input((3,), name="a"), Input((3,), name="b"), L.Dense(4, activation="relu", name="shared")
    norm = L.LayerNormalization(name="norm")
    return Model(
        [a, b], [L.Multiply(name="mul")([norm(dense(a)), dense(b)]), norm(dense(L.Add(name="add")([a, b])))]
    )


def siamese():
    base = keras.Sequential(
        [Input((6, 5, 1)), L.Conv2D(3, 3, activation="relu"), L.Flatten(), L.Dense(4)], name="base"
    )
    a, b = Input((6, 5, 1), name="a"), Input((6, 5, 1), name="b")
    return Model([a, b], L.Dense(1, activation="sigmoid", name="y")(L.Concatenate()([base(a), base(b)])))


def several():
    """In an order other than that of their names."""
    z, a, m = Input((2,), name="z"), Input((3, 2), name="a"), Input((4,), dtype="int32", name="m")
    ids = L.Flatten()(L.Embedding(6, 2, name="embedding")(m))
    joined = L.Concatenate(name="joined")([z, L.Flatten()(a), ids])
    return Model([z, a, m], [L.Dense(3, name="second")(joined), L.Dense(2, name="first")(joined), joined])


def dictionaries():
    """Keras sorts the keys of a dict: b, then z on both sides."""
    z, b = Input((2,), name="z"), Input((3,), name="b")
    return Model(
        {"z": z, "b": b},
        {"tall": L.Dense(2, name="tall")(L.Concatenate()([z, b])), "average": L.Dense(4, name="average")(b)},
    )


def keys_apart():
    """Keys that are not names of layers, or names of other layers, in an order that is not sorted."""
    a, b = Input((3,), name="b"), Input((2,), name="tensor_b")
    joined = L.Concatenate()([a, b])
    return Model(
        {"zeta": b, "tensor_b": a},
        {"z_first": L.Dense(1, name="a_second")(joined), "a_second": L.Dense(2, name="head")(joined)},
    )


def keys_inside():
    """Dictionaries and lists inside a dictionary."""
    a, b, c = Input((3,), name="a"), Input((2,), name="b"), Input((2,), name="c")
    left, right = L.Dense(2, name="left")(L.Concatenate()([a, c])), L.Dense(3, name="right")(b)
    return Model(
        {"second": {"y": a, "x": b}, "first": [c]},
        {"out": {"r": right, "l": left}, "all": [L.Concatenate(name="both")([left, right]), left]},
    )


def keys_in_list():
    """A list of outputs, one of them a dictionary."""
    a = Input((3,), name="a")
    return Model(a, [L.Dense(2, name="one")(a), {"k": L.Dense(3, name="two")(a), "j": L.Dense(1, name="three")(a)}])


def nested_with_keys():
    """An inner model that accepts and returns dictionaries."""
    x = Input((4,), name="x")
    inner = keys_apart()
    inner._name = "inner"
    given = {"zeta": L.Dense(2, name="two")(x), "tensor_b": L.Dense(3, name="three")(x)}
    results = inner(given)
    return Model(x, [results["z_first"], results["a_second"], L.Add(name="sum")([results["z_first"], results["a_second"]])])


@register("Mine")
class Trained(Model):
    """The usual subclass: it computes its graph, and only the training step is custom."""

    def train_step(self, data):
        raise NotImplementedError


@register("Mine")
class Chain(keras.Sequential):
    def train_step(self, data):
        raise NotImplementedError


def subclass():
    x = Input((3,), name="x")
    return Trained(x, L.Dense(2, name="y")(L.Dense(4, activation="tanh", name="hidden")(x)), name="net")


def subclass_of_sequential():
    return Chain([Input((3,)), L.Dense(4, activation="relu", name="hidden"), L.Dense(2, name="y")], name="chain")


def subclasses_inside():
    x, a = Input((3,), name="x"), Input((4,), name="a")
    inner = Trained(a, [L.Dense(3, name="p")(a), L.Dense(4, name="q")(a)], name="inner")
    tail = Chain([Input((4,)), L.Dense(4, name="r"), L.LayerNormalization(name="s")], name="tail")
    p, q = inner(L.Dense(4, name="first")(x))
    return Trained(x, L.Concatenate(name="y")([L.Dense(2, name="last")(p), tail(q)]), name="outer")


def beside_and_inside():
    """One Dense in the model and in an inner model: a .keras archive contains its weights once."""
    shared, a, x = L.Dense(4, name="shared"), Input((4,), name="a"), Input((4,), name="x")
    inner = Model(a, L.Dense(4, name="after")(shared(L.Dense(4, name="own")(a))), name="inner")
    return Model(x, L.Add(name="sum")([shared(L.Dense(4, name="first")(x)), inner(x)]))


def inside_and_beside():
    """The same with the inner model first."""
    shared, a, x = L.Dense(4, name="shared"), Input((4,), name="a"), Input((4,), name="x")
    inner = Model(a, shared(L.Dense(4, name="own")(a)), name="inner")
    return Model(x, L.Dense(4, name="last")(shared(L.Dense(4, name="between")(inner(x)))))


def inside_twice():
    """One Dense in two inner models, and a model that occurs inside another and directly."""
    shared, x = L.Dense(4, name="shared"), Input((4,), name="x")
    a, b, c = Input((4,), name="a"), Input((4,), name="b"), Input((4,), name="c")
    one = Model(a, L.Dense(4, name="one_after")(shared(a)), name="one")
    two = Model(b, L.Dense(4, name="two_after")(shared(L.Dense(4, name="two_before")(b))), name="two")
    three = Model(c, L.Dense(4, name="three_after")(one(c)), name="three")
    return Model(x, [three(x), two(L.Dense(4, name="first")(x)), one(x), shared(x)])


def in_sequential_and_beside():
    shared = L.Dense(4, name="shared")
    inner = keras.Sequential([Input((4,)), L.Dense(4, name="own"), shared], name="inner")
    return keras.Sequential([Input((4,)), inner, shared, L.Dense(3, name="last")])


def in_wrapper_and_beside():
    shared, x = L.Dense(4, name="shared"), Input((3, 4), name="x")
    return Model(x, L.Dense(2, name="y")(shared(L.TimeDistributed(shared, name="steps")(x))))


def unreachable():
    """An input on which no output depends."""
    x, unused = Input((3,), name="x"), Input((2,), name="unused")
    return Model([x, unused], L.Dense(2, name="y")(x))


def with_loss():
    """2.x keeps the layers of an added loss in the file, including AddLoss; no output depends on them."""
    x = Input((3,), name="x")
    hidden = L.Dense(4, activation="tanh", name="hidden")(x)
    model = Model(x, L.Dense(2, name="y")(hidden))
    model.add_loss(tf.reduce_mean(tf.square(L.Dense(1, name="aside")(hidden))))
    return model


def frozen_parts():
    """Legacy HDF5 stores frozen weights after the trainable ones of a nested model."""
    inner = keras.Sequential(
        [
            Input((3,)),
            L.Dense(4, name="a", trainable=False),
            L.BatchNormalization(name="b"),
            L.Dense(2, name="c"),
        ],
        name="inner",
    )
    x = Input((3,), name="x")
    return Model(x, L.Dense(3, name="y")(inner(x)))


def frozen_normalization():
    inner = keras.Sequential(
        [Input((3,)), L.Dense(4, name="a"), L.BatchNormalization(name="b"), L.Dense(2, name="c")],
        name="inner",
    )
    inner.layers[1].trainable = False
    x = Input((3,), name="x")
    return Model(x, L.Dense(3, name="y")(inner(x)))


def frozen_whole():
    inner = keras.Sequential(
        [Input((3,)), L.Dense(4, name="a"), L.BatchNormalization(name="b"), L.Dense(2, name="c")],
        name="inner",
    )
    inner.trainable = False
    x = Input((3,), name="x")
    return Model(x, L.Dense(3, name="y")(inner(x)))


def compiled():
    model = keras.Sequential(
        [Input((3,)), L.Dense(4, activation="relu"), L.Dense(1, activation="sigmoid", name="y")]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def many_layers():
    """More than ten layers of one class: dense_10 sorts before dense_2."""
    return chain((3,), *[L.Dense(3, activation="tanh") for _ in range(12)], L.Dense(2, name="y"))


def strange_names():
    """2.x allows slashes, which nest HDF5 groups; 3 allows any other character."""
    x = Input((3,), name="x")
    return Model(
        x, L.Dense(2, name="y.out-put")(L.Dense(4, name="block/dense" if KERAS == 2 else "Größe 1")(x))
    )


def rows_mix():
    """Each row depends on the whole batch: the batch cannot be cut because of the mean over axis 0."""
    x = Input((3,), name="x")
    y = L.Dense(4, name="dense")(x)
    mean = (
        tf.reduce_mean(y, axis=0, keepdims=True) if KERAS == 2 else keras.ops.mean(y, axis=0, keepdims=True)
    )
    return Model(x, L.Dense(2, name="y")(y - mean))


def fixed_batch():
    x = Input(batch_shape=(4, 3), name="x")
    return Model(x, L.Dense(2, name="y")(x))


def single_list():
    """One input and one output, each inside a list."""
    x = Input((3,), name="x")
    return Model([x], [L.Dense(2, name="y")(x)])


def cases(add):
    both = ("keras", "h5")
    add("topology_unnamed_sequential", unnamed_sequential, formats=both)
    add("topology_sequential_images", sequential_images)
    add("topology_nested", nested, formats=both)
    add("topology_nested_twice", nested_twice, formats=both)
    add("topology_nested_deep", nested_deep, formats=both)
    add("topology_nested_several", nested_several)
    add("topology_nested_in_sequential", nested_in_sequential, formats=both)
    add("topology_input_and_output", input_is_output)
    add("topology_shared_layer", shared_layer, formats=both)
    add("topology_siamese", siamese, rows=2)
    add("topology_several", several, formats=("keras", "h5", "json"))
    add("topology_dictionaries", dictionaries)
    add("topology_keys_apart", keys_apart, formats=both)
    add("topology_keys_inside", keys_inside, keras=(3,), formats=both)
    add("topology_keys_in_list", keys_in_list, formats=both)
    add("topology_nested_with_keys", nested_with_keys, formats=both)
    add("topology_subclass", subclass, formats=(*both, "json"))
    add("topology_subclass_of_sequential", subclass_of_sequential, formats=both)
    add("topology_subclasses_inside", subclasses_inside, formats=both)
    # Keras 2 writes the inner model's call to HDF5 instead of the outer one, so the file does not have the graph.
    add("topology_beside_and_inside", beside_and_inside, keras=(2,))
    add("topology_beside_and_inside", beside_and_inside, formats=both, keras=(3,))
    add("topology_inside_and_beside", inside_and_beside, formats=both)
    add("topology_inside_twice", inside_twice, formats=both)
    add("topology_in_sequential_and_beside", in_sequential_and_beside, formats=both)
    add("topology_in_wrapper_and_beside", in_wrapper_and_beside, formats=both)
    add("topology_unreachable", unreachable)
    add("topology_frozen_parts", frozen_parts, formats=both)
    add("topology_frozen_normalization", frozen_normalization, formats=both)
    add("topology_frozen_whole", frozen_whole, formats=both)
    add("topology_compiled", compiled, formats=both)
    add("topology_many_layers", many_layers, formats=both)
    add("topology_strange_names", strange_names, formats=both)
    add("topology_added_loss", with_loss, keras=(2,), formats=both)
    add("topology_rows_mix", rows_mix, rows=5)
    add("topology_fixed_batch", fixed_batch, rows=4, batch_size=4)
    add("topology_single_list", single_list)
    if KERAS == 3:
        add("topology_nested_twice", nested_twice, formats=("folder",))
