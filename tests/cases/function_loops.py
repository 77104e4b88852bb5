"""Models of generate_functions.py whose branches and loops depend on data, and the same in TensorFlow 1's control flow."""

import numpy as np
import tensorflow as tf

from generate import weights

FLOAT = tf.float32


def spec(*shape, dtype=FLOAT, name="x"):
    return tf.TensorSpec(shape, dtype, name=name)


def numbers(name, *shape):
    return 0.25 * weights.random_of(name).normal(size=shape).astype("float32")


class Loops(tf.Module):
    """Loops that a condition on data ends; inside: another loop, elements at the number of the turn, a branch."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(numbers("loops", 4, 4))

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        turns, y = tf.constant(0), x
        while tf.reduce_max(tf.abs(y)) > 0.1:
            y = tf.tanh(y @ self.kernel) * 0.7
            inner = tf.constant(0)
            while inner < 3 and tf.reduce_max(y) > 0.3:
                y, inner = 0.9 * y, inner + 1
            if tf.reduce_sum(y) > 0.0:
                y = y - 0.01
            turns += 1
        i, sums = tf.constant(0), tf.zeros_like(x[:, 0])
        while i < tf.shape(x)[1] and tf.reduce_sum(sums) < 3.0:
            sums, i = sums + tf.abs(x[:, i]), i + 1
        return {"y": y, "turns": tf.fill([tf.shape(x)[0]], turns), "sums": sums}


class Lists(tf.Module):
    """TensorArrays that a loop which data end writes and reads: of a fixed size, and one that grows."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(numbers("lists", 4, 4))

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        fixed, grows = tf.TensorArray(FLOAT, size=6), tf.TensorArray(FLOAT, size=0, dynamic_size=True)
        i, y = tf.constant(0), x
        while i < 6 and tf.reduce_max(tf.abs(y)) > 0.3:
            y = tf.tanh(y @ self.kernel) * 0.8
            fixed, i = fixed.write(i, y), i + 1
        j = tf.constant(0)
        while tf.reduce_max(tf.abs(y)) > 0.05:
            y = 0.5 * y
            grows, j = grows.write(j, y), j + 1
        return {"fixed": tf.transpose(fixed.stack(), [1, 0, 2]), "grown": tf.transpose(grows.stack(), [1, 0, 2])}


class Scattered(tf.Module):
    """A list that grows, written at places that depend on data."""

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        grows, y = tf.TensorArray(FLOAT, size=0, dynamic_size=True), x
        while tf.reduce_max(tf.abs(y)) > 0.3:
            grows, y = grows.write(tf.cast(4.0 * tf.reduce_max(tf.abs(y)), tf.int32), y), 0.5 * y
        return {"y": tf.transpose(grows.stack(), [1, 0, 2])}


class Decoder(tf.Module):
    """A greedy decoder: the text grows by a word in each turn, until all rows have ended."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(2.0 * numbers("decoder", 5, 5))

    @tf.function(input_signature=[spec(None, 5)])
    def call(self, x):
        words, ended = tf.zeros([tf.shape(x)[0], 1], tf.int32), tf.zeros([tf.shape(x)[0]], tf.bool)
        for i in tf.range(8):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(words, tf.TensorShape([None, None]))])
            scores = x + tf.one_hot(words[:, -1], 5) @ self.kernel * tf.cast(i + 1, FLOAT)
            word = tf.argmax(scores, -1, output_type=tf.int32)
            words, ended = tf.concat([words, word[:, None]], 1), ended | (word == 3)
            if tf.reduce_all(ended):
                break
        return {"words": words}


class Choices(tf.Module):
    """Branches by data: of the same types, of other shapes, and one of three."""

    @tf.function(input_signature=[spec(None, 4), spec(dtype=tf.bool, name="longer"), spec(dtype=tf.int32, name="which")])
    def call(self, x, longer, which):
        return {
            "sign": tf.cond(tf.reduce_sum(x) > 0.0, lambda: x * 2.0, lambda: -x),
            "wide": tf.cond(longer, lambda: tf.concat([x, x], 1), lambda: x),
            "case": tf.switch_case(which, [lambda: x + 1.0, lambda: tf.nn.softmax(x), lambda: tf.reverse(x, [1])]),
        }


class Counter(tf.Module):
    """Variables that calls assign to; the results need one assignment only by its order."""

    def __init__(self):
        super().__init__()
        self.count, self.sums = tf.Variable(3.0), tf.Variable(numbers("sums", 4))

    @tf.function
    def add(self, x):
        self.sums.assign(0.5 * self.sums + tf.reduce_sum(x, 0))

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        before = self.count.read_value()
        self.count.assign_add(1.0)
        self.add(x)
        self.count.assign_sub(0.25)
        return {"y": x * self.count + self.sums, "before": before + 0.0 * x[:, 0]}


def built(model):
    return lambda: (model_of := model(), {"serving_default": model_of.call})


def session_control(folder):
    """TensorFlow 1's control flow: nested conditionals, loops, a loop with a TensorArray, a conditional in a loop."""
    tf.compat.v1.disable_control_flow_v2()
    with tf.Graph().as_default(), tf.compat.v1.Session() as running:
        x = tf.compat.v1.placeholder(FLOAT, (None, 4), name="x")
        flag = tf.compat.v1.placeholder(tf.bool, (), name="flag")
        training = tf.compat.v1.placeholder_with_default(False, (), name="training")
        kernel = tf.compat.v1.get_variable("kernel", initializer=numbers("session control", 4, 4), use_resource=True)
        y = tf.cond(flag, lambda: tf.cond(tf.reduce_sum(x) > 0.0, lambda: x @ kernel, lambda: x - 1.0), lambda: 2.0 * x)
        y = tf.cond(training, lambda: tf.nn.dropout(y, rate=0.5), lambda: y)
        count, z = tf.while_loop(
            lambda n, z: tf.reduce_max(tf.abs(z)) > 0.1,
            lambda n, z: (n + 1, 0.6 * tf.cond(tf.reduce_sum(z) > 0.0, lambda: tf.tanh(z @ kernel), lambda: tf.sin(z))),
            (tf.constant(0), y),
        )
        steps = tf.TensorArray(FLOAT, size=4).unstack(tf.transpose(x))
        _, state, states = tf.while_loop(
            lambda i, state, states: i < 4,
            lambda i, state, states: (i + 1, tf.tanh(state + steps.read(i)), states.write(i, state)),
            (tf.constant(0), tf.zeros_like(x[:, 0]), tf.TensorArray(FLOAT, size=4)),
        )
        results = {
            "y": y,
            "z": z,
            "count": tf.fill([tf.shape(x)[0]], count),
            "state": state,
            "states": tf.transpose(states.stack()),
        }
        running.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.saved_model.simple_save(running, str(folder), {"x": x, "flag": flag}, results)
    tf.compat.v1.enable_control_flow_v2()


def boolean(value):
    return lambda random: np.array(value)


def normal(*shape):
    return lambda random: random.normal(size=shape).astype("float32")


CASES = {
    "loops": (built(Loops), {"x": normal(3, 4)}, {}),
    "lists": (built(Lists), {"x": normal(3, 4)}, {}),
    "decoder": (built(Decoder), {"x": normal(4, 5)}, {}),
    "scattered": (
        built(Scattered),
        {"x": lambda random: np.ones((3, 4), "float32")},
        {"expect_error": "to a list that grows, at a place that depends on data"},
    ),
    "choices": (built(Choices), {"x": normal(3, 4), "longer": boolean(True), "which": lambda random: np.array(1, "int32")}, {}),
    "choices_other": (
        built(Choices),
        {"x": normal(2, 4), "longer": boolean(False), "which": lambda random: np.array(7, "int32")},
        {},
    ),
    "counter": (built(Counter), {"x": normal(3, 4)}, {"calls": 3}),
    "session_control": (session_control, {"x": normal(3, 4), "flag": boolean(True)}, {}),
    "session_control_not": (session_control, {"x": normal(3, 4), "flag": boolean(False)}, {}),
}
