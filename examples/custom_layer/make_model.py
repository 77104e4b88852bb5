#!/usr/bin/env python3
"""Writes a model with a layer of one's own, rows, and what Keras's predict() gave for them.

    python3 make_model.py          (keras 3.15.1, tensorflow-cpu 2.21.0)
"""
import pathlib

import keras
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent


@keras.saving.register_keras_serializable("Examples")
class Wave(keras.layers.Layer):
    def __init__(self, frequency=1.0, **options):
        super().__init__(**options)
        self.frequency = frequency

    def build(self, shape):
        initializer = keras.initializers.RandomUniform(1, 2)
        self.amplitude = self.add_weight(shape=(shape[-1],), initializer=initializer, name="amplitude")

    def call(self, x):
        return self.amplitude * keras.ops.sin(self.frequency * x)

    def get_config(self):
        return {**super().get_config(), "frequency": self.frequency}


keras.utils.set_random_seed(5)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6, "relu"), Wave(2.5, name="wave"), keras.layers.Dense(2)])
rows = np.random.default_rng(5).normal(size=(8, 4)).astype(np.float32)
model.save(HERE / "wave.keras")
np.savetxt(HERE / "rows.txt", rows, "%.9g")
np.savetxt(HERE / "expected.txt", model.predict(rows, verbose=0), "%.9g")
