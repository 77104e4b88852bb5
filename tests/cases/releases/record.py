"""Writes the models that the TensorFlow of this environment has as SavedModels, with inputs and what TensorFlow's own loader computes.

    PYTHON record.py FOLDER [REGEX]     (started by generate_releases.py; Python 3.7 or later)
"""

import json
import re
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import numpy as np
import tensorflow as tf

from releases import functions, layers, preprocessing  # noqa: F401 (they register their models)
from releases.common import KERAS, MODELS, RELEASE, Missing, keras, random_of, randomise, set_policy

# Models with loops. Keras would trace several functions for each of their layers, which takes minutes; before 2.4 it always does.
SLOW = ["lstm_masked", "gru_masked", "bidirectional", "cells", "conv_lstm", "transformer"]


def write_npz(path, arrays):
    with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            array = np.char.encode(array, "utf-8") if array.dtype.kind == "U" else array
            with archive.open(zipfile.ZipInfo(name + ".npy", (2024, 1, 1, 0, 0, 0)), "w") as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array).reshape(array.shape), allow_pickle=False)


def tensor(array):
    return tf.constant(array.tolist(), tf.string, shape=array.shape) if array.dtype.kind == "U" else tf.constant(array)


def array_of(result):
    array = result.numpy()
    return np.array([text.decode() for text in array.ravel()]).reshape(array.shape) if array.dtype == object else array


def save(name, built, folder, given):
    """Returns True where the file has Keras's description of its layers."""
    if isinstance(built, tuple):
        tf.saved_model.save(built[0], str(folder), signatures=built[1])
        return False
    if KERAS == 3:
        built.export(str(folder), verbose=False)
        return False
    if RELEASE >= (2, 4) and name in SLOW:
        built.save(str(folder), save_format="tf", save_traces=False, signatures={"serving_default": function_of(built)})
    else:
        built.save(str(folder), save_format="tf")
    return True


def function_of(built):
    names = built.input_names
    specs = [tf.TensorSpec(x.shape, x.dtype, name=name) for x, name in zip(built.inputs, names)]

    def call(*given):
        results = tf.nest.flatten(built(list(given) if len(given) > 1 else given[0]))
        return {name: tf.identity(result) for name, result in zip(built.output_names, results)}

    return tf.function(call, input_signature=specs)


def by_key(called, given):
    """The inputs under the signature's names: the same, or one input of another name."""
    keys = sorted(called.structured_input_signature[1])
    if set(keys) == set(given):
        return given
    if len(keys) != len(given):
        raise ValueError("the signature takes {}".format(keys))
    return dict(zip(keys, given.values()))


def record(name, build, makers, root):
    keras.backend.clear_session()
    keras.backend.set_floatx("float32")
    set_policy("float32")
    random = random_of("inputs of " + name)
    given = {key: make(random) for key, make in sorted(makers.items())}
    built = build()
    if not isinstance(built, tuple):
        randomise(built, name)
    folder = root / name
    folder.mkdir(parents=True)
    has_layers = save(name, built, folder / "model", given)
    loaded = tf.saved_model.load(str(folder / "model"))  # holds the variables
    called = loaded.signatures["serving_default"]
    given = by_key(called, given)
    results = called(**{key: tensor(array) for key, array in given.items()})
    write_npz(folder / "inputs.npz", given)
    write_npz(folder / "outputs.npz", {key: array_of(value) for key, value in sorted(results.items())})
    case = {"model": "model", "inputs": "inputs.npz", "outputs": "outputs.npz", "rtol": 2e-3 if "float16" in name else 1e-4}
    case.update(atol=2e-3 if "float16" in name else 1e-5, oracle="tensorflow " + tf.__version__)
    write_case(folder, case)
    if has_layers:  # the same files by the second way
        shared = {key: "../{}/{}".format(name, case[key]) for key in ("model", "inputs", "outputs")}
        write_case(root / (name + "_function"), dict(case, signature="serving_default", **shared))


def write_case(folder, case):
    folder.mkdir(exist_ok=True)
    (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")


def main():
    root, pattern = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    missing, failed = {}, {}
    for name, (build, makers) in MODELS.items():
        if not re.search(pattern, name):
            continue
        if RELEASE < (2, 4) and name in SLOW[2:]:
            missing[name] = "takes minutes"
            continue
        try:
            record(name, build, makers, root)
        except Missing as error:
            missing[name] = str(error)
        except Exception as error:  # a release may have defects; the table names them
            failed[name] = "{}: {}".format(type(error).__name__, str(error).strip().split("\n")[0][:200])
    (root / "not_recorded.json").write_text(json.dumps({"missing": missing, "failed": failed}, indent=1))


main()
