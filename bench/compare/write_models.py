"""Writes the measured models with Keras 2.15 and converts them to ONNX: python write_models.py FOLDER. Existing files are kept."""

import os
import sys
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy
import tensorflow
import tf2onnx
from tensorflow import keras


def recurrent(layer):
    return keras.Sequential([keras.layers.Input((100, 64)), layer(128)])


MODELS = {
    "resnet50": lambda: keras.applications.ResNet50(weights=None),
    "mobilenet_v2": lambda: keras.applications.MobileNetV2(weights=None),
    "efficientnet_b0": lambda: keras.applications.EfficientNetB0(weights=None),
    "lstm": lambda: recurrent(keras.layers.LSTM),
    "gru": lambda: recurrent(keras.layers.GRU),
    "doc_example": lambda: keras.Sequential([keras.layers.Dense(5, input_shape=(3,)), keras.layers.Softmax()]),
}


def settle(model, random):
    """Statistics and scales that keep activations in range and give every normalisation an effect."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            noise = lambda low, high: random.uniform(low, high, gamma.shape).astype("float32")
            layer.set_weights([noise(0.5, 0.9), noise(-0.1, 0.1), noise(-0.1, 0.1), noise(0.8, 1.2)])


def write(name, folder):
    keras.utils.set_random_seed(7)
    model = MODELS[name]()
    settle(model, numpy.random.default_rng(7))
    signature = [tensorflow.TensorSpec(model.inputs[0].shape, tensorflow.float32, name="x")]
    tf2onnx.convert.from_keras(model, input_signature=signature, opset=15, output_path=str(folder / f"{name}.onnx"))
    shape = [32, *model.inputs[0].shape[1:]]
    low, high = (0, 255) if name == "efficientnet_b0" else (-1, 1)  # EfficientNet's own layers rescale pixels
    numpy.random.default_rng(11).uniform(low, high, shape).astype(numpy.float32).tofile(folder / f"{name}.input")
    model.save(folder / f"{name}.keras")


def write_perceptron(folder):
    """100 MB of weights in few layers: measures the time to open a file."""
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.layers.Input((2500,))] + [keras.layers.Dense(2500) for _ in range(4)])
    model.save(folder / "perceptron_100mb.keras")
    model.save(folder / "perceptron_100mb.h5")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        if not (folder / f"{name}.keras").exists():
            print("writing", name, flush=True)
            write(name, folder)
    if not (folder / "perceptron_100mb.h5").exists():
        write_perceptron(folder)


if __name__ == "__main__":
    main()
