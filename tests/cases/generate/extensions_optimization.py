"""TensorFlow Model Optimization: layers whose weights are pruned by masks, in its HDF5 files."""

import importlib.util

import numpy as np

from generate.building import KERAS, Input, L, Model, keras

AVAILABLE = KERAS == 2 and importlib.util.find_spec("tensorflow_model_optimization") is not None
if AVAILABLE:
    import tensorflow_model_optimization as tfmot
    from tensorflow_model_optimization.python.core.sparsity.keras.pruning_wrapper import PruneLowMagnitude

    prune = tfmot.sparsity.keras.prune_low_magnitude


def masked(model):
    """Masks of zeros and ones for weights that are not pruned yet: the call prunes them."""
    random = np.random.default_rng(11)
    for variable in model.weights:
        if "mask" in variable.name:
            variable.assign(random.integers(0, 2, variable.shape).astype("float32"))


def ranged(model):
    """Ranges that contain most numbers; that of one channel is empty, and one has no negative numbers."""
    random = np.random.default_rng(5)
    for variable in model.weights:
        name = variable.name.split("/")[-1]
        if name.endswith("_min:0"):
            variable.assign(-random.uniform(0.3, 2.0, variable.shape).astype("float32"))
        if name.endswith("_max:0"):
            variable.assign(random.uniform(0.5, 2.5, variable.shape).astype("float32"))
        if "quant_activation" in variable.name and name == "output_min:0":
            variable.assign(0.0)
        if name.startswith("kernel_") and "quant_other" in variable.name:
            variable.assign(np.concatenate([[0], variable.numpy()[1:]]).astype("float32"))


def quantised(add):
    apply = tfmot.quantization.keras.quantize_model
    for known in tfmot.quantization.keras.quantize_scope().custom_objects:
        keras.utils.get_custom_objects().update(known)

    def convolved():
        x = y = Input((7, 6, 3), name="x")
        y = L.Conv2D(4, 2, use_bias=False, name="first")(y)
        y = L.ReLU(name="re_lu")(L.BatchNormalization(name="batch_normalization")(y))
        y = L.DepthwiseConv2D(2, activation="relu", name="second")(y)
        z = L.BatchNormalization(name="other_normalization")(L.Conv2D(4, 1, name="other")(y))
        y = L.Activation("relu", name="activation")(L.Add(name="add")([y, z]))
        y = L.SeparableConv2D(3, 2, name="separable_conv2d")(y)
        y = L.Conv2DTranspose(3, 2, name="conv2d_transpose")(y)
        y = L.Dense(5, activation="tanh", name="dense")(L.GlobalAveragePooling2D(name="mean")(y))
        return apply(Model(x, L.Dense(3, activation="softmax", name="y")(y)))

    add("quantised_layers", convolved, formats=("h5",), prepare=ranged, float64=False)

    def dense():
        x = y = Input((5,), name="x")
        for i, activation in enumerate(("relu", "sigmoid", "swish", "gelu", "linear")):
            y = L.Dense(4, activation=activation, name=f"dense_{i}")(y)
        return apply(Model(x, y))

    add("quantised_activations", dense, formats=("h5",), prepare=ranged, float64=False)


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

    quantised(add)
    add("pruned_layers", build, formats=("h5",), prepare=masked, float64=False)
