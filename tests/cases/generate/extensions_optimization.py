"""TensorFlow Model Optimization: layers whose weights are pruned by masks, in the HDF5 files that it is saved in."""

import importlib.util

import numpy as np

from generate.building import KERAS, Input, L, Model, keras

AVAILABLE = KERAS == 2 and importlib.util.find_spec("tensorflow_model_optimization") is not None
if AVAILABLE:
    import tensorflow_model_optimization as tfmot
    from tensorflow_model_optimization.python.core.sparsity.keras.pruning_wrapper import PruneLowMagnitude

    prune = tfmot.sparsity.keras.prune_low_magnitude


def masked(model):
    """Masks of zeros and ones, over weights that are not pruned yet: the call does it."""
    random = np.random.default_rng(11)
    for variable in model.weights:
        if "mask" in variable.name:
            variable.assign(random.integers(0, 2, variable.shape).astype("float32"))


def cases(add):
    if not AVAILABLE:
        return
    keras.utils.get_custom_objects()["PruneLowMagnitude"] = PruneLowMagnitude

    def build():
        x = y = Input((7, 6, 2), name="x")
        for layer in (L.Conv2D(4, 2, name="convolution"), L.BatchNormalization(name="normalization"), L.ReLU(name="relu")):
            y = prune(layer)(y)
        y = prune(L.SeparableConv2D(3, 2, name="separable"))(y)
        y = prune(L.Dense(5, name="dense"))(L.Flatten(name="flatten")(y))
        return Model(x, y)

    add("pruned_layers", build, formats=("h5",), prepare=masked, float64=False)
