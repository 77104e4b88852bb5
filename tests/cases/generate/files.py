"""The files of a case: deflated .npz with a fixed date (equal arrays give equal bytes), the model, case.json."""

import json
import shutil
import zipfile

import numpy as np

from generate import synthetic
from generate.oracle import KERAS, WRITER, keras

EPOCH = (2024, 1, 1, 0, 0, 0)
LARGEST_STORED = {2: 11, 3: 14}[KERAS] * 1024


def write_npz(path, arrays):
    """np.savez_compressed without the current time. Strings become UTF-8 bytes, as NumPy's `S`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            array = np.char.encode(array, "utf-8") if array.dtype.kind == "U" else array
            info = zipfile.ZipInfo(key + ".npy", EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), allow_pickle=False)


def empty_folder(folder):
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def zip_again(path):
    """The archive as users often store it: the same members, deflated."""
    stored = path.with_suffix(".stored")
    path.rename(stored)
    with zipfile.ZipFile(stored) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, EPOCH), old.read(name), zipfile.ZIP_DEFLATED)
    stored.unlink()


def save_keras(model, folder):
    """Small archives stay as Keras wrote them (stored); large ones are zipped again to save space."""
    path = folder / "model.keras"
    model.save(path, **({"save_format": "keras_v3"} if WRITER.startswith("2.12.") else {}))  # otherwise 2.12 writes HDF5
    if path.stat().st_size > LARGEST_STORED:
        zip_again(path)
    return {"model": "model.keras"}


def save_h5(model, folder):
    model.save(folder / "model.h5")
    return {"model": "model.h5"}


def save_folder(model, folder):
    model.save(folder / "model", zipped=False)
    return {"model": "model"}


def save_tf(model, folder, traces=False):
    """A SavedModel. The names of its variables depend on whether its functions are kept."""
    model.save(folder / "model", save_format="tf", save_traces=traces)
    return tidy_tf(folder)


def tidy_tf(folder):
    (folder / "model" / "fingerprint.pb").unlink(missing_ok=True)
    if not any((folder / "model" / "assets").iterdir()):
        (folder / "model" / "assets").rmdir()
    return {"model": "model"}


def save_tf_both(model, folder):
    """A SavedModel without the functions of layers, but with the one of its signature: it can be read in both ways."""
    import tensorflow as tf

    inputs = [tf.TensorSpec(x.shape, x.dtype, name=name) for x, name in zip(model.inputs, model.input_names, strict=True)]

    @tf.function(input_signature=inputs)
    def call(*values):
        given = (
            values[0]
            if len(values) == 1
            else dict(zip(model.input_names, values)) if isinstance(model.input, dict) else list(values)
        )
        results = model(given)
        results = results if isinstance(results, dict) else dict(zip(model.output_names, tf.nest.flatten(results)))
        return {name: tf.identity(value) for name, value in results.items()}

    model.save(folder / "model", save_format="tf", save_traces=False, signatures={"serving_default": call})
    return tidy_tf(folder)


def save_deflated(model, folder):
    model.save(folder / "model.keras")
    zip_again(folder / "model.keras")
    return {"model": "model.keras"}


def save_json(model, folder):
    """Architecture and weights in two files: Keras 2's legacy HDF5 layout or Keras 3's own layout."""
    weights = "weights.h5" if KERAS == 2 else "model.weights.h5"
    (folder / "model.json").write_text(model.to_json())
    model.save_weights(folder / weights)
    return {"model": "model.json", "weights": weights}


def save_checkpoint(model, folder):
    """Architecture, and weights as a checkpoint of TensorFlow."""
    (folder / "model.json").write_text(model.to_json())
    model.save_weights(folder / "weights" / "model", save_format="tf")
    return {"model": "model.json", "weights": "weights/model"}


def save_json_v3(model, folder):
    """Architecture and weights in two files, the weights in the layout of Keras 2.15's .keras archives."""
    (folder / "model.json").write_text(model.to_json())
    model.save_weights(folder / "model.weights.h5")
    return {"model": "model.json", "weights": "model.weights.h5"}


def save_synthetic(model, folder):
    (folder / "model.json").write_text(model.to_json())
    return {"model": "model.json", "weights": f"synthetic:{synthetic.SEED}"}


SAVERS = {
    "keras": save_keras,
    "h5": save_h5,
    "folder": save_folder,
    "tf": save_tf,
    "tf_both": save_tf_both,
    "tf_traced": lambda model, folder: save_tf(model, folder, traces=True),
    "deflated": save_deflated,
    "json": save_json,
    "json_v3": save_json_v3,
    "checkpoint": save_checkpoint,
    "synthetic": save_synthetic,
}


def load_again(folder, files, safe_mode=True):
    path = str(folder / files["model"])
    if "weights" in files:
        model = keras.models.model_from_json((folder / files["model"]).read_text())
        if files["weights"].startswith("synthetic"):
            synthetic.fill(model)
            return model
        model.load_weights(str(folder / files["weights"]))
        return model
    return keras.models.load_model(path, compile=False, safe_mode=safe_mode)


def is_layer_object(node):
    module = node.get("module")
    if not isinstance(module, str) or "class_name" not in node or node["class_name"].startswith("__"):
        return False
    parts = ("layers", "models", "engine", ".ops.", "activations.activations")
    return any(p in module for p in parts) or (module == "keras" and node["class_name"] != "DTypePolicy")


def layer_classes(model):
    """The class names of all layers and operations, including those of nested models and wrappers."""
    found, pending = {type(model).__name__}, [json.loads(model.to_json())]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if is_layer_object(node):
                found.add(node["class_name"])
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    return sorted(found)


def write_case(folder, facts):
    (folder / "case.json").write_text(json.dumps(facts, indent=1) + "\n")
