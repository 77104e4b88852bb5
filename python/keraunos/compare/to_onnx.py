"""Run as a file: a saved model as an ONNX file, by Keras 3's export() or, of a SavedModel, by tf2onnx.

to_onnx.py MODEL OUT.onnx
"""

import os
import sys

from structure import arranged


def convert(model, out):
    if os.path.isdir(model):
        import tensorflow as tf
        import tf2onnx

        loaded = tf.saved_model.load(model)
        function = loaded.signatures["serving_default"]
        tf2onnx.convert.from_function(function, input_signature=list(function.structured_input_signature[1].values()), output_path=out)
        return
    import keras

    if keras.__version__.startswith("2."):
        raise RuntimeError(f"Keras {keras.__version__} exports no ONNX; install Keras 3")
    loaded = keras.models.load_model(model, compile=False)
    call_once(keras, loaded)  # export() requires a called model
    loaded.export(out, format="onnx", verbose=False)


def call_once(keras, model):
    """Calls the model with zeros; open axes have 32 elements."""
    zeros = {port.name: keras.ops.zeros([1, *(32 if size is None else size for size in port.shape[1:])], port.dtype) for port in model.inputs}
    model(arranged(model, zeros), training=False)


if __name__ == "__main__":
    convert(*sys.argv[1:])
