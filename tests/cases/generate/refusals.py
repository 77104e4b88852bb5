"""Files that must be refused with a message, and one that needs a custom layer. `expect_error` is a part of the message;
`expect_also` lists further parts of the same message, because all problems are reported in one message."""

from generate.building import KERAS, Input, L, Model, chain, keras
from generate.oracle import tf

register = keras.saving.register_keras_serializable if KERAS == 3 else keras.utils.register_keras_serializable


@register("Shop")
class Wobble(L.Layer):
    """y = amplitude * x + sin(frequency * x); amplitude is a weight of the last dimension's size."""

    def __init__(self, frequency=1.0, **arguments):
        super().__init__(**arguments)
        self.frequency = frequency

    def build(self, shape):
        self.amplitude = self.add_weight(name="amplitude", shape=(shape[-1],), initializer="ones")
        self.built = True

    def call(self, x):
        return self.amplitude * x + (tf.sin if KERAS == 2 else keras.ops.sin)(self.frequency * x)

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "frequency": self.frequency}


@register("Shop")
class Wiggle(Wobble):
    """Another class, so that a message has two to report."""


@register("Shop")
class Wander(Wobble):
    """A third class."""


@register("Shop")
def bend(x):
    return x * x


def nested_customs():
    inner = keras.Sequential(
        [Input((4,)), L.Dense(4, name="dense"), Wiggle(2.0, name="second")], name="inner"
    )
    x = Input((3,), name="x")
    return Model(x, inner(Wobble(3.0, name="first")(L.Dense(4, name="before")(x))))


@register("Shop")
class Count(L.Layer):
    """A custom cell: it adds its input to its state."""

    state_size = 3
    output_size = 3

    def call(self, x, states):
        return x + states[0], [x + states[0]]


def doubled(name):
    """Keras saves the byte code with the name of the source file, here "lambda". A loop cannot be translated."""
    code = [eval(compile(text, "lambda", "eval")) for text in ("lambda x: [x * 2 for _ in range(1)][0]", "lambda shape: shape")]
    return L.Lambda(code[0], output_shape=code[1], name=name)


def wrapped_refusals():
    """Every wrapper around a layer that cannot run, directly and inside a model: nothing may use the results of that layer."""
    x = Input((4, 3), name="x")
    a, b = Input((3,), name="a"), Input((3,), name="b")
    inner = Model(a, [L.Dense(3, name="fine")(a), doubled("lambda_in_model")(a)], name="two_results")
    chain_ = keras.Sequential([Input((3,)), L.Dense(3, name="kept"), doubled("lambda_in_chain"), L.Dense(3, name="end")], name="chain")
    unknown = keras.Sequential([Input((3,)), Wander(name="unit_in_chain")], name="unknown")
    custom = Model(b, L.Dense(3, name="over")(Wobble(2.0, name="custom_in_model")(b)), name="custom")
    results = [
        L.TimeDistributed(doubled("lambda"), name="td_lambda")(x),
        L.TimeDistributed(chain_, name="td_chain")(x),
        L.TimeDistributed(unknown, name="td_unknown")(x),
        L.TimeDistributed(custom, name="td_custom")(x),
        L.TimeDistributed(Wiggle(1.0, name="wiggle"), name="td_wiggle")(x),
        L.TimeDistributed(keras.Sequential([Input((3,)), custom], name="deep"), name="td_deep")(x),
        L.RNN(Count(), return_sequences=True, name="rnn_count")(x),
        L.RNN([L.LSTMCell(3), Count()], return_sequences=True, name="rnn_stack")(x),
        L.Bidirectional(L.RNN(Count(), return_sequences=True), merge_mode="sum", name="both_ways")(x),
        L.Dense(3, activation=bend, name="bent")(x),
    ]
    first, second = inner(L.Flatten()(x)[:, :3])
    results += [L.RepeatVector(4)(first), L.RepeatVector(4)(second)]
    return Model(x, L.Add(name="sum")(results))


def lookup_and_unsupported():
    """The vocabulary is in the archive; that another layer cannot run does not change that."""
    words, numbers, text = (Input((1,), dtype=t, name=n) for n, t in (("words", "string"), ("numbers", "int64"), ("text", "string")))
    vectors = L.TextVectorization(name="vectors", output_sequence_length=3)
    vectors.adapt(["a b", "c b a"])
    ids = [
        L.StringLookup(vocabulary=["red", "green"], name="string_lookup")(words),
        L.IntegerLookup(vocabulary=[3, 5, 8], name="integer_lookup")(numbers),
        vectors(text),
    ]
    return Model([words, numbers, text], Wander(name="encoding")(L.Rescaling(1.0)(L.Concatenate()(ids))))


def many_unsupported():
    """Layers of one class are reported together."""
    x = y = Input((3,), name="x")
    for i in range(1, 5):
        y = Wobble(float(i), name=f"block_{i}")(y)
    for i in range(14):
        y = Wander(name="ab"[i] if i < 2 else f"unit{i}x")(y)
    return Model(x, Wiggle(1.0, name="end")(y))


@register("Shop")
class Own(Model):
    """A model with a custom computation, which no file contains."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.dense = L.Dense(2)

    def call(self, x):
        return self.dense(x) * 2


def own_model():
    model = Own(name="own")
    model.build((None, 3))
    return model


def lost_operand():
    a, b = Input((3, 4), name="a"), Input((4, 5), name="b")
    return Model([a, b], tf.einsum("bij,bjk->bik", a, b))


def noisy():
    x = Input((3,), name="x")
    return Model(x, L.Dense(2, name="y")(L.Dropout(0.5, name="noise")(x, training=True)))


def cases(add):
    add(
        "custom_layer",
        lambda: chain((3,), L.Dense(4, name="dense"), Wobble(3.0, name="wobble"), L.Dense(2, name="y")),
        formats=("keras", "h5"),
        custom_objects="Shop>Wobble: y = amplitude * x + sin(frequency * x); config: frequency; "
        "one weight amplitude (features)",
    )
    add(
        "refuse_lambda",
        lambda: chain((3,), L.Dense(4, name="dense"), L.Lambda(lambda x: x * 2, name="doubled")),
        expect_error="Lambda",
        expect_also=["doubled", "safe_mode"],
    )
    add(
        "refuse_custom_layers",
        nested_customs,
        expect_error="Wobble",
        expect_also=["Wiggle", "first", "inner/second"],
    )
    add(
        "refuse_custom_activation",
        lambda: chain((3,), L.Dense(4, activation=bend, name="dense")),
        expect_error="bend",
        expect_also=["dense"],
    )
    add(
        "refuse_inside_wrappers",
        wrapped_refusals,
        formats=("keras", "h5"),
        expect_error="Shop>Wander",
        expect_also=["Shop>Wobble", "Shop>Wiggle", "Shop>Count", "bend", "Lambda", "td_chain/chain/lambda_in_chain"],
    )
    add("refuse_beside_lookups", lookup_and_unsupported, expect_error="1 class is not supported: Shop>Wander (layer encoding)")
    add(
        "refuse_many",
        many_unsupported,
        formats=("keras", "h5"),
        expect_error="3 classes are not supported: Shop>Wobble (layers block_1 to block_4), "
        "Shop>Wander (a, b and 12 more), Shop>Wiggle (end); say what they compute with CustomObjects::layer",
    )
    add("refuse_own_model", own_model, expect_error="Shop>Own", expect_also=["Python code"])
    add("refuse_lost_operand", lost_operand, keras=(2,), expect_error="einsum")
    add("refuse_training", noisy, expect_error="training", expect_also=["noise"])
