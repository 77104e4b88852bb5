#!/usr/bin/env python3
"""Changes one value of a layer's config at a time and prints where the program and real Keras differ: one refuses the model of that
layer, or their results differ in shape, dtype or value; both use the same random weights. Not every difference is an error: a list
of one number and 3.0 are read as numbers, because older files contain them; strides of 1.5, which TensorFlow cuts to 1 while Keras 3
states the shape of 1.5, and numbers as texts are refused.

    python3 tests/changed_configs.py --keras 2|3 --program build/u/keraunos [--only REGEX] [--work DIR] [--venvs DIR]

REGEX is matched with "Class.key". Keras's answers are kept in DIR. All of one Keras take about ten minutes of one processor.
"""

import argparse
import hashlib
import json
import os
import re
import runpy
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from random_models.judge import error_of  # noqa: E402

WITHOUT_EFFECT = ("module", "registered_name", "build_config", "initializer", "regularizer", "constraint")
KEYS_OF_ALL = ("name", "trainable", "dtype", "batch_input_shape")  # changed in one class only
TOGETHER = 200  # changes in one process of Keras
SECONDS = 20  # of processor time, for one of them
APART = 1e-4  # of the largest number: more is a difference


# The shape of a sample, and the arguments of the layer.
PLAIN = {
    "Cropping1D": ((8, 4), {"cropping": (1, 2)}),
    "Cropping2D": ((8, 9, 4), {"cropping": ((1, 2), (3, 1))}),
    "Cropping3D": ((5, 6, 7, 2), {"cropping": ((1, 2), (0, 1), (1, 1))}),
    "ZeroPadding1D": ((8, 4), {"padding": (1, 2)}),
    "ZeroPadding2D": ((8, 9, 4), {"padding": ((1, 2), (3, 1))}),
    "ZeroPadding3D": ((5, 6, 7, 2), {"padding": ((1, 2), (0, 1), (1, 1))}),
    "ELU": ((4,), {}),
    "ReLU": ((4,), {"max_value": 6.0, "negative_slope": 0.25, "threshold": 1.0}),
    "LeakyReLU": ((4,), {}),
    "PReLU": ((3, 4), {"shared_axes": [1]}),
    "Softmax": ((3, 4), {}),
    "Dense": ((4,), {"units": 3}),
    "Activation": ((4,), {"activation": "relu"}),
    "Embedding": ((4,), {"input_dim": 50, "output_dim": 3}),
    "Reshape": ((12,), {"target_shape": (3, 4)}),
    "Permute": ((3, 4), {"dims": (2, 1)}),
    "RepeatVector": ((4,), {"n": 3}),
    "Flatten": ((3, 4), {}),
    "BatchNormalization": ((3, 4), {}),
    "LayerNormalization": ((3, 4), {}),
    "GroupNormalization": ((3, 4), {"groups": 2}),
    "UnitNormalization": ((3, 4), {}),
    "Dropout": ((4,), {"rate": 0.5}),
    "SpatialDropout3D": ((2, 3, 4, 2), {"rate": 0.5}),
    "Conv1D": ((8, 4), {"filters": 2, "kernel_size": 3}),
    "Conv2D": ((8, 9, 4), {"filters": 2, "kernel_size": 3}),
    "Conv3D": ((5, 6, 7, 2), {"filters": 2, "kernel_size": 2}),
    "Conv1DTranspose": ((8, 4), {"filters": 2, "kernel_size": 3}),
    "Conv2DTranspose": ((8, 9, 4), {"filters": 2, "kernel_size": 3}),
    "SeparableConv1D": ((8, 4), {"filters": 2, "kernel_size": 3}),
    "SeparableConv2D": ((8, 9, 4), {"filters": 2, "kernel_size": 3}),
    "DepthwiseConv1D": ((8, 4), {"kernel_size": 3}),
    "DepthwiseConv2D": ((8, 9, 4), {"kernel_size": 3}),
    "MaxPooling1D": ((8, 4), {"pool_size": 2}),
    "MaxPooling2D": ((8, 9, 4), {"pool_size": 2}),
    "AveragePooling3D": ((5, 6, 7, 2), {"pool_size": 2}),
    "GlobalMaxPooling2D": ((8, 9, 4), {}),
    "GlobalAveragePooling1D": ((8, 4), {}),
    "UpSampling1D": ((8, 4), {}),
    "UpSampling2D": ((8, 9, 4), {}),
    "SimpleRNN": ((8, 4), {"units": 3}),
    "LSTM": ((8, 4), {"units": 3}),
    "GRU": ((8, 4), {"units": 3}),
    "Masking": ((8, 4), {}),
    "Rescaling": ((4,), {"scale": 0.5}),
    "GaussianNoise": ((4,), {"stddev": 0.5}),
    "ActivityRegularization": ((4,), {}),
    "ThresholdedReLU": ((4,), {}),
    "EinsumDense": ((3, 4), {"equation": "abc,cd->abd", "output_shape": (None, 5), "bias_axes": "d"}),
    "LocallyConnected1D": ((8, 4), {"filters": 2, "kernel_size": 3}),
    "LocallyConnected2D": ((8, 9, 4), {"filters": 2, "kernel_size": 3}),
    "Conv3DTranspose": ((3, 4, 3, 2), {"filters": 2, "kernel_size": 2}),
    "AveragePooling1D": ((8, 4), {"pool_size": 2}),
    "AveragePooling2D": ((8, 9, 4), {"pool_size": 2}),
    "MaxPooling3D": ((5, 6, 7, 2), {"pool_size": 2}),
    "AdaptiveAveragePooling2D": ((8, 9, 4), {"output_size": 2}),
    "GlobalAveragePooling2D": ((8, 9, 4), {}),
    "GlobalMaxPooling1D": ((8, 4), {}),
    "UpSampling3D": ((3, 4, 3, 2), {}),
    "Resizing": ((8, 9, 3), {"height": 4, "width": 5}),
    "CenterCrop": ((8, 9, 3), {"height": 4, "width": 5}),
    "ConvLSTM2D": ((3, 5, 6, 2), {"filters": 2, "kernel_size": 2}),
    "SpectralNormalization": ((4,), {"layer": ("Dense", {"units": 3})}),
    "TimeDistributed": ((3, 4), {"layer": ("Dense", {"units": 3})}),
    "Bidirectional": ((8, 4), {"layer": ("GRU", {"units": 3})}),
    "RNN": ((8, 4), {"cell": ("GRUCell", {"units": 3})}),
    "RMSNormalization": ((3, 4), {}),
    "Normalization": ((3, 4), {"mean": 0.5, "variance": 2.0}),
    "Discretization": ((4,), {"bin_boundaries": [0.0, 0.5, 1.0]}),
    "CategoryEncoding": ((1,), {"num_tokens": 60}),
    "AlphaDropout": ((4,), {"rate": 0.5}),
    "GaussianDropout": ((4,), {"rate": 0.5}),
    "SpatialDropout1D": ((3, 4), {"rate": 0.5}),
    "RandomFlip": ((8, 9, 3), {}),
    "RandomRotation": ((8, 9, 3), {"factor": 0.2}),
    "RandomZoom": ((8, 9, 3), {"height_factor": 0.2}),
    "RandomContrast": ((8, 9, 3), {"factor": 0.2}),
    "RandomTranslation": ((8, 9, 3), {"height_factor": 0.2, "width_factor": 0.2}),
    "RandomCrop": ((8, 9, 3), {"height": 4, "width": 5}),
}


def others(value):
    """Values to put in place of this one."""
    if isinstance(value, bool):
        return [None, not value, 2, "a"]
    if isinstance(value, int):
        return [-value, -1, 0, 7, value + 0.5, float(value), str(value), None, [value], [value, value], []]
    if isinstance(value, float):
        return [float("nan"), float("inf"), -abs(value) - 0.5, 0, 2.5, 1e40, None, str(value), [value], [value, value]]
    if isinstance(value, str):
        return ["", "bad", value.upper(), 5, None, [value], {}]
    if isinstance(value, list):
        changed = [[], value[:1], value[::-1], value + value[-1:], (value + [2])[0], None, "bad", {}]
        for i, item in enumerate(value[:2]):
            changed += [value[:i] + [other] + value[i + 1 :] for other in (-1, 0, 50, 1.5, None, "a", [item])]
        return changed
    if value is None:
        return [-1, 0, 3, 1.5, "bad", [], [1], True, {}]
    return [5, "bad", [], {}, None]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keras", choices=("2", "3"), default="3")
    parser.add_argument("--program", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--work", type=Path, default=HERE.parent / "build" / "changed_configs")
    parser.add_argument("--venvs", type=Path, default=HERE.parent / ".venv-oracles")
    return parser.parse_args()


def sample(name, shape):
    """Two samples; ids where the layer takes ids."""
    draw = np.random.default_rng(1)
    ids = name in ("Embedding", "CategoryEncoding")
    return (draw.integers(0, 50, (2, *shape)) if ids else draw.normal(size=(2, *shape))).astype("float32")


def changes_of(models, only):
    """[{class, key, value, was}], in the same order in each run"""
    changes = []
    for name, model in sorted(models.items()):
        for key, value in model["config"]["layers"][-1]["config"].items():
            common = key in KEYS_OF_ALL and name != "Dense"
            if common or key.endswith(WITHOUT_EFFECT) or not re.search(only, f"{name}.{key}"):
                continue
            changes += [
                {"class": name, "key": key, "value": other, "was": value}
                for other in others(value)
                if json.dumps(other) != json.dumps(value)
            ]
    return changes


def changed(models, change):
    model = json.loads(json.dumps(models[change["class"]]))
    model["config"]["layers"][-1]["config"][change["key"]] = change["value"]
    return json.dumps(model)


def name_of(change):
    return f"{change['class']}.{change['key']}_{hashlib.sha256(json.dumps(change['value']).encode()).hexdigest()[:8]}"


def text_of(change):
    return f"{change['class']}.{change['key']} {json.dumps(change['was'])[:60]} -> {json.dumps(change['value'])[:60]}"


# Runs in the environment of the oracle: writes the models, or answers changes.
INSIDE = """
import json, resource, signal, sys
import numpy as np
sys.path[:0] = [sys.argv[1] + "/cases", sys.argv[1]]
from pathlib import Path
from changed_configs import PLAIN, changed, name_of, sample
from generate.oracle import KERAS, keras
work = Path(sys.argv[2])
def argument(value):
    return getattr(keras.layers, value[0])(**value[1]) if isinstance(value, tuple) and isinstance(value[0], str) else value
def model_of(shape, name, arguments):
    layer = getattr(keras.layers, name)(**{key: argument(value) for key, value in arguments.items()})
    return json.loads(keras.Sequential([keras.layers.Input(shape), layer]).to_json())
if not (work / "models.json").exists():
    models = {name: model_of(shape, name, arguments) for name, (shape, arguments) in PLAIN.items() if hasattr(keras.layers, name)}
    (work / "models.json").write_text(json.dumps(models))
models = json.loads((work / "models.json").read_text())
def draw_weights(model):
    draw = np.random.default_rng(2)
    model.set_weights([draw.uniform(0.1, 1, w.shape).astype(w.dtype) if w.dtype.kind == "f" else w for w in model.get_weights()])
resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))
for line in sys.stdin:
    change = json.loads(line)
    signal.setitimer(signal.ITIMER_PROF, int(sys.argv[3]))
    try:
        model = keras.models.model_from_json(changed(models, change))
        draw_weights(model)
        result = model(sample(change["class"], PLAIN[change["class"]][0]), training=False)
        dtype = keras.backend.standardize_dtype(result.dtype) if KERAS == 3 else result.dtype.name
        said = {"ok": True, "says": f"{dtype} {tuple(result.shape)}"}
        np.save(work / (name_of(change) + ".npy"), np.asarray(result))
        if model.weights:
            model.save_weights(str(work / (name_of(change) + ".weights.h5")))
    except Exception as error:
        said = {"ok": False, "says": type(error).__name__ + ": " + " ".join(str(error).split())[-500:]}
    (work / (name_of(change) + ".json")).write_text(json.dumps(said))
    keras.backend.clear_session()
"""


def answer_of(change, work):
    return work / f"{name_of(change)}.json"


def ask_keras(python, work, changes):
    """Writes an answer for each change; a process that ends early is an answer too."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
    while True:
        left = [change for change in changes if not answer_of(change, work).exists()][:TOGETHER]
        if not left and (work / "models.json").exists():
            return
        lines = "".join(json.dumps(change) + "\n" for change in left)
        line = [python, "-c", INSIDE, str(HERE), str(work), str(SECONDS)]
        subprocess.run(line, input=lines, text=True, env=environment, stdout=subprocess.DEVNULL)
        for change in left:
            if not answer_of(change, work).exists():
                answer_of(change, work).write_text(json.dumps({"ok": False, "says": "the process ended"}))
                break


def weights_of(change, work):
    saved = work / f"{name_of(change)}.weights.h5"
    return str(saved) if saved.exists() else "synthetic:1"


def verdict(models, change, work, program):
    """(verdict, text)"""
    keras = json.loads(answer_of(change, work).read_text())
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model.json").write_text(changed(models, change))
        np.save(f"{folder}/x.npy", sample(change["class"], PLAIN[change["class"]][0]))
        line = [program, "predict", f"{folder}/model.json", f"{folder}/x.npy", f"{folder}/y.npz"]
        line += ["--weights", weights_of(change, work)]
        done = subprocess.run([*line, "--device", "cpu", "--threads", "1"], capture_output=True, text=True, timeout=120)
        says = done.stderr.strip()[-400:]
        if done.returncode not in (0, 1, 2, 3):
            return "crash", says
        if (done.returncode == 0) != keras["ok"]:
            return ("refuses", says) if keras["ok"] else ("accepts", keras["says"])
        if not keras["ok"]:
            return "same", says
        with np.load(f"{folder}/y.npz") as found:
            ours = next(iter(found.values()))
    shape = f"{ours.dtype} {ours.shape}"
    if shape != keras["says"]:
        return "differs", f"{shape}, Keras {keras['says']}"
    error = error_of(ours, np.load(work / f"{name_of(change)}.npy"))
    return ("same", "") if error < APART else ("differs", f"{error:.1e} from Keras")


def main():
    arguments = parse_arguments()
    work = arguments.work / f"k{arguments.keras}"
    work.mkdir(parents=True, exist_ok=True)
    generate = runpy.run_path(HERE / "cases" / "generate.py")
    python = generate["environment"](arguments.venvs, *generate["ORACLES"][arguments.keras])
    ask_keras(python, work, [])
    models = json.loads((work / "models.json").read_text())
    changes = changes_of(models, arguments.only)
    ask_keras(python, work, changes)
    counts = Counter()
    for change in changes:
        kind, says = verdict(models, change, work, arguments.program)
        counts[kind] += 1
        if kind != "same":
            print(f"k{arguments.keras} {kind} {text_of(change)}\n    {says}", flush=True)
    print(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
