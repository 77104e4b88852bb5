"""Converts those of write_networks.py that Keras's own export() cannot: python networks_to_onnx.py FOLDER. Writes NAME.onnx
beside NAME.keras, where keraunos-compare finds it; an existing file is kept.

GPT-2: tf2onnx's optimisations of graphs need more than 20 GB, so they are left out; ONNX Runtime has its own. Whisper: Keras
writes GELU with erfc, which ONNX does not have; it is written here with erf and a division, the form that ONNX Runtime fuses."""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy
import onnx
import tensorflow as tf
from keras.src.backend.tensorflow import nn

for name, kind in (("object", object), ("bool", bool), ("cast", None)):  # that NumPy 2 no longer has and tf2onnx 1.17 reads
    if not hasattr(numpy, name):
        setattr(numpy, name, kind)

import tf2onnx.convert
import tf2onnx.optimizer


def gelu(x, approximate=True):
    if approximate:
        return tf.nn.gelu(x, approximate=True)
    return 0.5 * x * (1.0 + tf.math.erf(x / numpy.float32(numpy.sqrt(2))))


def divide_before_erf(file):
    """TensorFlow's optimiser has made each division by sqrt(2) a product."""
    model = onnx.load(file)
    before_erf = {node.input[0] for node in model.graph.node if node.op_type == "Erf"}
    model.graph.initializer.append(onnx.numpy_helper.from_array(numpy.float32(numpy.sqrt(2)).reshape(()), "sqrt_of_2"))
    for node in model.graph.node:
        if node.op_type == "Mul" and node.output[0] in before_erf:
            node.op_type, node.input[1] = "Div", "sqrt_of_2"
    onnx.save(model, file)


def convert(folder, name, optimises):
    model = keras.models.load_model(folder / f"{name}.keras", compile=False)
    with numpy.load(folder / f"{name}.npz") as rows:
        shapes = [(None, *rows[port.name].shape[1:]) for port in model.inputs]
        signature = [tf.TensorSpec(shape, port.dtype, name=port.name) for shape, port in zip(shapes, model.inputs)]

    def call(*values):
        given = {port.name: value for port, value in zip(model.inputs, values)}
        return model(given if isinstance(model.input, dict) else values[0], training=False)

    whole = tf2onnx.optimizer.optimize_graph
    tf2onnx.optimizer.optimize_graph = whole if optimises else lambda graph, *_, **__: graph
    function = tf.function(call, input_signature=signature)
    tf2onnx.convert.from_function(function, signature, opset=17, output_path=folder / f"{name}.onnx")
    tf2onnx.optimizer.optimize_graph = whole


def main():
    folder = Path(sys.argv[1])
    nn.gelu = gelu
    for name, optimises in (("gpt2", False), ("whisper_encoder", True)):
        if not (folder / f"{name}.onnx").exists():
            print("converting", name, flush=True)
            convert(folder, name, optimises)
            if name == "whisper_encoder":
                divide_before_erf(folder / f"{name}.onnx")


if __name__ == "__main__":
    main()
