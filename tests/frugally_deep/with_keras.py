"""The test models of frugally-deep, made by its own keras_export/generate_test_models.py, predict here what real Keras predicts.

    python with_keras.py KERAUNOS CHECKOUT [MODEL…]

CHECKOUT is a checkout of https://github.com/Dobiasd/frugally-deep (0.20.0 is tested); nothing of it is part of this repository.
Exit code 1 where an output differs, 77 where Keras 3 or the checkout is missing.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0")

MODELS = ("exhaustive", "embedding", "variable", "autoencoder", "sequential", "recurrent")
FREE = 13  # what an extent is that the model leaves open
ROWS = 3
LARGEST = 2e-5  # of an output's largest number


def largest_id(model, name):
    """How many ids the layers behind an input take, 0 where it takes numbers."""
    counts = []
    for layer in model.layers:
        limit = getattr(layer, "input_dim", 0) or getattr(layer, "num_tokens", 0)
        fed = [t for node in layer._inbound_nodes for t in node.input_tensors if t._keras_history.operation.name == name]
        counts += [limit] if fed and isinstance(limit, int) and limit else []
    return min(counts, default=0)


def inputs_of(model, random):
    arrays = {}
    for tensor in model.inputs:
        name = tensor._keras_history.operation.name
        shape = [ROWS, *[FREE if size is None else size for size in tensor.shape[1:]]]
        ids = largest_id(model, name)
        arrays[name] = random.integers(0, ids, shape).astype("float32") if ids else random.normal(0, 1, shape).astype("float32")
    return arrays


def difference(given, expected):
    if given.shape != expected.shape:
        return f"has shape {given.shape}, expected {expected.shape}"
    if expected.dtype.kind != "f":
        return "" if (given == expected).all() else "differs"
    apart = np.abs(given.astype("float64") - expected.astype("float64"))
    worst = float(np.nan_to_num(apart, nan=np.inf).max()) / max(float(np.abs(expected).max()), 1e-30)
    return "" if worst <= LARGEST else f"is {worst:.1e} of its largest number away"


def randomise(model, random):
    """What training would make of them, without its minutes: no bias is zero and no scale is one."""
    for weight in model.weights:
        if "float" not in str(weight.dtype) or "seed" in weight.path:
            continue
        positive = any(word in weight.path for word in ("variance", "gamma", "stddev"))
        fan_in = max(1, int(np.prod(weight.shape[:-1])))
        width = 0.3 if len(weight.shape) < 2 else (3.0 / fan_in) ** 0.5
        weight.assign(random.uniform(0.5, 1.5, weight.shape) if positive else random.uniform(-width, width, weight.shape))


def check(program, make, folder):
    """(outputs, complaints)"""
    np.random.seed(0)
    keras.Model.fit = lambda self, *arguments, **more: None
    made, file = make(), folder / "model.keras"
    randomise(made, np.random.default_rng(0))
    made.save(file)
    model = keras.models.load_model(file)
    arrays = inputs_of(model, np.random.default_rng(1))
    np.savez(folder / "inputs.npz", **arrays)
    values = list(arrays.values())
    expected = model.predict(values if len(values) > 1 else values[0], verbose=0)
    expected = [np.asarray(x) for x in keras.tree.flatten(expected)]
    line = [program, "predict", str(file), str(folder / "inputs.npz"), str(folder / "found.npz"), "--device", "cpu"]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        return len(expected), [done.stderr.strip()]
    with np.load(folder / "found.npz") as archive:
        found = {name: archive[name] for name in archive.files}
    if len(found) != len(expected):
        return len(expected), [f"{len(found)} outputs, expected {len(expected)}"]
    said = [(name, difference(given, wanted)) for (name, given), wanted in zip(found.items(), expected)]
    print(f"{len(arrays)} inputs, {len(expected)} outputs", flush=True)
    return len(expected), [f"output {name} {text}" for name, text in said if text]


def main():
    sys.path.insert(0, str(Path(sys.argv[2]) / "keras_export"))
    import generate_test_models as theirs

    failed = 0
    for name in sys.argv[3:] or MODELS:
        print(f"{name}: ", end="", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            outputs, complaints = check(sys.argv[1], getattr(theirs, f"get_test_model_{name}"), Path(folder))
        failed += len(complaints)
        print("\n".join(f"{name}: {text}" for text in complaints) or f"{name}: all {outputs} outputs are those of Keras", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    if not (Path(sys.argv[2]) / "keras_export" / "generate_test_models.py").exists():
        print("skipped: no checkout of frugally-deep")
        sys.exit(77)
    try:
        import keras
        import numpy as np
    except ImportError:
        print("skipped: this Python has no Keras")
        sys.exit(77)
    if not keras.__version__.startswith("3"):
        print("skipped: this Keras is no Keras 3")
        sys.exit(77)
    sys.exit(main())
