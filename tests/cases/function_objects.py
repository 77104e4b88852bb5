"""Models of generate_functions.py without signatures: their functions are attributes of the saved objects."""

import numpy as np
import tensorflow as tf
from tensorflow.python.util import nest

from function_loops import spec
from generate import weights

WORDS = ["the", "fox", "dog"]


def numbers(name, *shape):
    return weights.random_of(name).normal(size=shape).astype("float32")


class Step(tf.Module):
    """Two traces, of which one takes no state; a table of each kind, nested variables, a captured constant, nested results."""

    def __init__(self):
        super().__init__()
        words = tf.lookup.KeyValueTensorInitializer(tf.constant(WORDS), tf.constant([1, 2, 3], tf.int64))
        self.ids = tf.lookup.StaticHashTable(words, 0)
        self.counts = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
        self.counts.insert(tf.constant(WORDS), tf.constant([9, 4, 2], tf.int64))
        rows, kernel = numbers("rows", 4, 3), numbers("step", 3, 3)
        self.parts = {"rows": [tf.Variable(rows, name="same")], "kernel": tf.Variable(kernel, name="same")}
        self.scale = tf.constant([0.5, 1.0, 2.0])

    @tf.function
    def one_step(self, words, states=None, training=False):
        rows = tf.gather(self.parts["rows"][0], self.ids.lookup(words))
        states = rows if states is None else rows + states @ self.parts["kernel"]
        states = tf.nn.dropout(states, 0.5) if training else states
        return {"scores": tf.tanh(states) * self.scale, "memory": [states, self.counts.lookup(words)]}


class Callable(tf.Module):
    """What __call__ and an attribute's function compute."""

    def __init__(self):
        super().__init__()
        self.inner = Plain()

    @tf.function(input_signature=[spec(None, 3)])
    def __call__(self, x):
        return self.inner.twice(x) + 1.0, tf.reduce_sum(x, 1)

    @tf.function(input_signature=[spec(None, 3)])
    def other(self, x):
        return x


class Plain(tf.Module):
    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(numbers("plain", 3, 2))

    @tf.function(input_signature=[spec(None, 3)])
    def twice(self, x):
        return 2.0 * x @ self.kernel


def step():
    model = Step()
    words, states = spec(None, dtype=tf.string, name="words"), spec(None, 3, name="states")
    model.one_step.get_concrete_function(words)
    model.one_step.get_concrete_function(words, states)
    model.one_step.get_concrete_function(words, states, training=True)
    return model, None


def callable_object():
    return Callable(), None


def attribute_of(model, path):
    for part in path.split("/"):
        model = getattr(model, part)
    return model


def traced_of(model, wanted):
    """The trace of "path:0" as Python calls it: by the tensors' names."""
    path, _, trace = wanted.partition(":")
    function = attribute_of(model, path)
    return function.concrete_functions[int(trace or 0)]


def flat_of(results):
    """Results by the keys around them, or by their place."""
    paths = nest.flatten_with_joined_string_paths(results)
    named = {path: value for path, value in paths if any(not c.isdigit() and c != "/" for c in path)}
    return named or {f"output_{i}": value for i, (_, value) in enumerate(paths)}


def words(random):
    return random.choice(np.array([*WORDS, "cat"]), size=5)


def normal(*shape):
    return lambda random: random.normal(size=shape).astype("float32")


CASES = {
    "object_first": (step, {"words": words}, {"signature": "one_step:0"}),
    "object_step": (step, {"words": words, "states": normal(5, 3)}, {"signature": "one_step:1"}),
    "object_call": (callable_object, {"x": normal(4, 3)}, {"signature": "__call__"}),
    "object_inner": (callable_object, {"x": normal(4, 3)}, {"signature": "inner/twice"}),
}
