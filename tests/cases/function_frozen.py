"""Frozen graphs of generate_functions.py: files that hold a GraphDef alone, as TensorFlow 1 and 2 write them."""

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from function_loops import FLOAT, normal, numbers, spec

FILE = "frozen_graph.pb"


def session_frozen(folder):
    """TensorFlow 1: a conditional, a placeholder with a default, a node with two outputs."""
    tf.compat.v1.disable_control_flow_v2()
    with tf.Graph().as_default(), tf.compat.v1.Session() as running:
        x = tf.compat.v1.placeholder(FLOAT, (None, 4), name="x")
        scale = tf.compat.v1.placeholder(FLOAT, (), name="scale")
        training = tf.compat.v1.placeholder_with_default(False, (), name="training")
        kernel = tf.compat.v1.get_variable("kernel", initializer=numbers("frozen", 4, 6), use_resource=False)
        bias = tf.compat.v1.get_variable("bias", initializer=numbers("bias of frozen", 6), use_resource=True)
        y = tf.cond(training, lambda: tf.nn.dropout(x, rate=0.5), lambda: x * scale) @ kernel + bias
        tf.nn.softmax(y, name="head/probabilities")
        tf.math.top_k(y, 2, name="best")
        running.run(tf.compat.v1.global_variables_initializer())
        frozen = tf.compat.v1.graph_util.convert_variables_to_constants(
            running, running.graph_def, ["head/probabilities", "best"]
        )
    tf.io.write_graph(frozen, str(folder), FILE, as_text=False)
    tf.compat.v1.enable_control_flow_v2()


def function_frozen(folder):
    """TensorFlow 2: functions are inlined, loops and branches stay in the graph's library."""
    kernel = tf.Variable(numbers("frozen function", 4, 4))

    @tf.function(input_signature=[spec(None, 4), spec(dtype=tf.bool, name="turned")])
    def call(x, turned):
        y = tf.cond(turned, lambda: x @ kernel, lambda: x - 1.0)
        while tf.reduce_max(tf.abs(y)) > 0.1:
            y = 0.5 * tf.tanh(y @ kernel)
        return y

    frozen = convert_variables_to_constants_v2(call.get_concrete_function(), lower_control_flow=False)
    tf.io.write_graph(frozen.graph, str(folder), FILE, as_text=False)


def answer_of(path, feed, outputs):
    """The outputs ("name" or "name:1") as TensorFlow computes them."""
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(path.read_bytes())
    tensors = [name if ":" in name else name + ":0" for name in outputs]
    with tf.Graph().as_default() as loaded, tf.compat.v1.Session(graph=loaded) as running:
        tf.import_graph_def(graph, name="")
        return dict(zip(outputs, running.run(tensors, {name + ":0": value for name, value in feed.items()}), strict=True))


BUILDS = (session_frozen, function_frozen)
SCALE = {"x": normal(3, 4), "scale": lambda random: np.array(-1.5, "float32")}
CASES = {
    "frozen_session": (session_frozen, SCALE, {"outputs_of": ["head/probabilities", "best:0", "best:1"]}),
    "frozen_session_chosen": (
        session_frozen,
        SCALE,
        {"outputs_of": ["best:1", "add"], "signature": "best:1,add"},
    ),
    "frozen_function": (
        function_frozen,
        {"x": normal(3, 4), "turned": lambda random: np.array(True)},
        {"outputs_of": ["Identity"]},
    ),
}
