"""Files that must be refused in words, and one that needs the caller's own layer.

`expect_error` is a part of the message; `expect_also` lists further parts of the same message: everything
is reported at once.
"""

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

    def get_config(self):
        return {**super().get_config(), "frequency": self.frequency}


@register("Shop")
class Wiggle(Wobble):
    """Another class, so that a message has two to name."""


@register("Shop")
def bend(x):
    return x * x


def nested_customs():
    inner = keras.Sequential(
        [Input((4,)), L.Dense(4, name="dense"), Wiggle(2.0, name="second")], name="inner"
    )
    x = Input((3,), name="x")
    return Model(x, inner(Wobble(3.0, name="first")(L.Dense(4, name="before")(x))))


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
        expect_also=["doubled"],
        formats=("keras", "h5"),
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
    add("refuse_lost_operand", lost_operand, keras=(2,), expect_error="einsum")
    add("refuse_training", noisy, expect_error="training", expect_also=["noise"])
