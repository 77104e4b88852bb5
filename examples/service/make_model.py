#!/usr/bin/env python3
"""Writes next.keras: the architecture of examples/doc_example/keras3.keras with other weights.

    python3 make_model.py          (keras 3.15.1)
"""
import pathlib

import keras

HERE = pathlib.Path(__file__).resolve().parent

keras.utils.set_random_seed(7)
model = keras.saving.load_model(HERE.parent / "doc_example" / "keras3.keras", compile=False)
keras.models.clone_model(model).save(HERE / "next.keras")
