"""The expected results of the layer of src/README.md, "Add a layer in ten lines"; recorded into tests/readme_layer."""

from generate.building import KERAS, L, keras, variants
from generate.oracle import tf

TIMES = {"twice": dict(times=2), "thrice": dict(times=3), "same": dict(times=1)}


@keras.saving.register_keras_serializable(package="Example")
class RepeatSteps(L.Layer):
    """A layer that Keras does not have: repeats each step `times` times."""

    def __init__(self, times, **arguments):
        super().__init__(**arguments)
        self.times = times

    def call(self, inputs):
        return (tf if KERAS == 2 else keras.ops).repeat(inputs, self.times, axis=1)

    def get_config(self):
        return {**super().get_config(), "times": self.times}


def cases(add):
    add("repeat_steps", lambda: variants(RepeatSteps, (4, 3), TIMES))
