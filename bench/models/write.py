"""Writes the architectures that are benchmarked: run by Python with tensorflow 2.15, in any folder. Weights are generated at load:
keraunos bench bench/models/resnet50.json --weights synthetic:7"""
import pathlib

import tensorflow as tf

HERE = pathlib.Path(__file__).resolve().parent
layers = tf.keras.layers
applications = tf.keras.applications

MODELS = {
    "resnet50": lambda: applications.ResNet50(weights=None),
    "mobilenet_v2": lambda: applications.MobileNetV2(weights=None),
    "efficientnet_b0": lambda: applications.EfficientNetB0(weights=None),
    "lstm": lambda: tf.keras.Sequential([layers.Input((100, 64)), layers.LSTM(128)]),
    "gru": lambda: tf.keras.Sequential([layers.Input((100, 64)), layers.GRU(128)]),
}

for name, make in MODELS.items():
    tf.keras.backend.clear_session()
    (HERE / f"{name}.json").write_text(make().to_json() + "\n")
