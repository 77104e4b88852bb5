"""The real Keras as oracle: names of inputs and outputs, predictions, and the noise of those predictions. Noise is the largest
difference between the float32 prediction and that of the same model with the same weights, built and run in float64. A model
that cannot be float64 (quantised weights, fixed 16-bit types) is run on inputs moved by one unit in the last place instead;
without floating-point inputs the noise is unknown."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

from generate.weights import copy_weights

KERAS = int(keras.__version__.split(".")[0])
WRITER = keras.__version__
ORACLE = (
    f"tensorflow {tf.__version__} / keras {WRITER}"
    if KERAS == 2
    else f"keras {WRITER} (backend tensorflow {tf.__version__})"
)


def fresh(build, floatx="float32"):
    """Builds the model as in a new process: automatic layer names start at zero again."""
    keras.backend.clear_session()
    keras.backend.set_floatx(floatx)
    keras.mixed_precision.set_global_policy(floatx)
    return build()


def reset_states(model):
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            (layer.reset_states if KERAS == 2 else layer.reset_state)()


def predict_in_batches(model, inputs, rows):
    """The results of model.predict, `rows` at a time (by default 32); states of stateful layers begin at zero."""
    reset_states(model)
    tensors = [as_tensor(a) for a in inputs.values()]
    answer = model.predict(tensors if len(tensors) > 1 else tensors[0], batch_size=rows, verbose=0)
    return [as_array(a) for a in flatten(answer)]


def rerun_in_float64(build, model, inputs, xla, batches=None):
    twin = fresh(build, "float64")
    copy_weights(model, twin)
    wide = {key: a.astype("float64") if a.dtype.kind == "f" else a for key, a in inputs.items()}
    outputs = predict_in_batches(twin, wide, batches) if batches else predict(twin, wide, xla)
    fresh(lambda: None)
    return outputs


def moved_by_one_ulp(inputs, direction):
    return {
        key: np.nextafter(a, a.dtype.type(direction)) if a.dtype.kind == "f" else a
        for key, a in inputs.items()
    }


def largest_difference(outputs, others):
    worst = 0.0
    for a, b in zip(outputs, others, strict=True):
        if a.size and a.dtype.kind == "f":
            a, b = a.astype("float64"), b.astype("float64")
            same = (a == b) | (np.isnan(a) & np.isnan(b))
            worst = max(worst, float(np.where(same, 0, np.abs(a - b)).max()))
    return worst


def functional_of(model):
    return getattr(model, "_functional", None) or model


def operation_of(tensor):
    return tensor._keras_history.operation


def keys_of(structure, path="", in_dictionary=False):
    """The keys that lead to each tensor, in the order in which Keras flattens them, joined by dots; None outside dictionaries."""
    if isinstance(structure, dict):
        items, in_dictionary = sorted(structure.items()), True
    elif isinstance(structure, (list, tuple)):
        items = enumerate(structure)
    else:
        return [path[1:] if in_dictionary else None]
    return [key for name, item in items for key in keys_of(item, f"{path}.{name}", in_dictionary)]


def inputs_structure(model):
    return getattr(model, "_nested_inputs", None) if KERAS == 2 else functional_of(model)._inputs_struct


def outputs_structure(model):
    return getattr(model, "_nested_outputs", None) if KERAS == 2 else functional_of(model)._outputs_struct


def input_specs(model):
    """(name, shape, dtype) of each input, in the model's order."""
    if KERAS == 2:
        specs = [(name, list(t.shape), t.dtype.name) for name, t in zip(model.input_names, model.inputs)]
    else:
        specs = [(operation_of(t).name, list(t.shape), str(t.dtype)) for t in functional_of(model).inputs]
    keys = keys_of(inputs_structure(model)) if takes_a_dict(model) else [None] * len(specs)
    return [(key or spec[0], *spec[1:]) for key, spec in zip(keys, specs, strict=True)]


def unique_names(names):
    """Keras 2.15's own rule for a layer that is an output more than once: lstm, lstm_1, lstm_2."""
    counts, result = {}, []
    for name in names:
        proposal = name
        while proposal in result:
            counts[name] = counts.get(name, 0) + 1
            proposal = f"{name}_{counts[name]}"
        result.append(proposal)
    return result


def output_names(model):
    if KERAS == 2:
        names = list(model.output_names)
    else:
        names = [operation_of(t).name for t in functional_of(model).outputs]
    keys = keys_of(outputs_structure(model))
    if len(keys) == len(names) and any(keys):
        names = [key or name for key, name in zip(keys, names, strict=True)]
    return unique_names(names)


def flatten(structure):
    return keras.tree.flatten(structure) if hasattr(keras, "tree") else tf.nest.flatten(structure)


def pack(structure, values):
    return keras.tree.pack_sequence_as(structure, values) if hasattr(keras, "tree") else tf.nest.pack_sequence_as(structure, values)


def takes_a_dict(model):
    return any(keys_of(inputs_structure(model)))


def as_tensor(array):
    if array.dtype.kind in "UO":
        return tf.constant(array.tolist(), tf.string, shape=array.shape)
    return tf.constant(array)


def as_array(tensor):
    array = tensor.numpy() if hasattr(tensor, "numpy") else np.asarray(tensor)
    if array.dtype == object:
        return np.array([s.decode() for s in array.ravel()]).reshape(array.shape)
    return array.astype(np.float32) if str(array.dtype) == "bfloat16" else array


def predict(model, inputs, xla=False):
    """The results of model.predict on all rows as one batch: a list in output order."""
    tensors = {key: as_tensor(a) for key, a in inputs.items()}
    values = list(tensors.values())
    argument = pack(inputs_structure(model), values) if takes_a_dict(model) else values if len(values) > 1 else values[0]

    def call(x):
        return model(x, training=False)

    return [
        as_array(t) for t in flatten(tf.function(call, jit_compile=True)(argument) if xla else call(argument))
    ]


def as_score(value):
    array = np.asarray(value, dtype="float32")
    return array.tolist() if array.ndim else float(array)


def evaluate(path, inputs, targets, sample_weight, rows):
    """Scores by name, in the order of the list that evaluate returns, of the model as load_model compiles it."""
    model = keras.models.load_model(str(path))
    names = output_names(model)
    single = len(names) == 1

    def for_outputs(arrays):
        if not arrays:
            return None
        if "all" in arrays:
            return arrays["all"]
        return next(iter(arrays.values())) if single else [arrays[name] for name in names]

    x = list(inputs.values())
    call = {"x": x if len(x) > 1 else x[0], "y": for_outputs(targets), "sample_weight": for_outputs(sample_weight)}
    by_name = model.evaluate(**call, batch_size=rows, verbose=0, return_dict=True)
    if KERAS == 2:
        order = model.metrics_names
    else:
        first = [name for m in model.metrics for name in ([s.name for s in m.metrics] if hasattr(m, "metrics") else [m.name])]
        order = [name for name in first if name in by_name]
        order += sorted(name for name in by_name if name not in first)
    return {name: as_score(by_name[name]) for name in dict.fromkeys(order)}
