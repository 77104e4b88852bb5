"""Real Keras 3 loads what `keraunos convert` writes and predicts what was recorded.

    python with_keras.py KERAUNOS CASES [REGEX]

Converts each recorded case of CASES (tests/cases) and gives the file to the Keras that this Python has. Exit code 1 where a result
differs, 77 where Keras 3 is missing. What Keras itself cannot load or run (its own files too, on the CPU) is counted, not failed.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0")

DATA = Path(__file__).parent.parent / "data" / "saving"

# Keras 3.15 computes these differently from the release that wrote them (masks), predict() differently from a call, TensorFlow's
# CPU kernels differently from its compiler (3-D convolutions with channels first), and texts here are in one batch.
ITS_OWN = re.compile(r"^(ages_(masked|padded)_k3_|adaptive_contrast_k3|resizing_(int32|uint8)_k3|conv3d_first_k2|batches_padded_words)")


def different(given, expected, rtol, atol):
    if given.shape != expected.shape:
        return f"shape {given.shape}, expected {expected.shape}"
    if expected.dtype.kind in "SUO" or given.dtype.kind in "SUO":
        texts = [[x.decode() if isinstance(x, bytes) else str(x) for x in array.ravel()] for array in (given, expected)]
        return "" if texts[0] == texts[1] else "other texts"
    if expected.dtype.kind in "iu" and given.dtype.kind in "iu":
        return "" if (given == expected).all() else "other integers"
    a, b = given.astype("float64"), expected.astype("float64")
    fine = (np.abs(a - b) <= atol + rtol * np.abs(b)) | (np.isnan(a) & np.isnan(b)) | (a == b)
    return "" if fine.all() else f"differs by {np.nanmax(np.abs(a - b))}"


def as_input(array, needs_tensor):
    if array.dtype.kind in "SU":
        texts = [x.decode() if isinstance(x, bytes) else x for x in array.ravel()]
        return keras.ops.reshape(keras.ops.convert_to_tensor(texts, dtype="string"), array.shape)
    return keras.ops.convert_to_tensor(array) if needs_tensor else array


def predicted(model, arrays, batch_size):
    has_texts = any(array.dtype.kind in "SU" for array in arrays.values())
    values = {name: as_input(array, has_texts) for name, array in arrays.items()}
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, dict):
        given = {key: values.get(key, values.get(tensor.name)) for key, tensor in structure.items()}
    else:
        names = [tensor.name for tensor in model.inputs]
        given = [values[name] for name in names] if set(names) <= set(values) else list(values.values())
        given = given if len(given) > 1 else given[0]
    results = model(given, training=False) if has_texts else model.predict(given, batch_size=batch_size, verbose=0)
    results = [np.asarray(keras.ops.convert_to_numpy(x)) for x in keras.tree.flatten(results)]
    return [x.astype("float32") if x.dtype.name == "bfloat16" else x for x in results]


def check(case, facts, file):
    model = keras.models.load_model(file, compile=True, safe_mode=False)
    if "calls" in facts:
        return ""
    given = predicted(model, dict(np.load(case / facts["inputs"])), facts.get("batch_size", 32))
    expected = list(np.load(case / facts["outputs"]).values())
    if len(given) != len(expected):
        return f"{len(given)} outputs, expected {len(expected)}"
    for one in given:  # the file of outputs has another order where they are a dictionary
        found = [different(one, other, facts["rtol"], max(facts["atol"], 1e-6)) for other in expected]
        if "" not in found:
            return found[0]
        expected.pop(found.index(""))
    return ""


def converted(program, case, facts, file):
    command = [program, "convert", case / facts["model"], file, "--safe-mode", "false"]
    if weights := facts.get("weights"):
        command += ["--weights", weights if weights.startswith("synthetic") else case / weights]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def inputs_of(model):
    """Numbers from a fixed seed, two rows, as a dictionary by the names of inputs."""
    random = np.random.default_rng(7)
    arrays = {}
    for tensor in model.inputs:
        shape = [2 if extent is None else extent for extent in tensor.shape]
        dtype = str(tensor.dtype)
        arrays[tensor.name] = (random.integers(0, 4, shape) if "int" in dtype else random.normal(size=shape)).astype(dtype)
    return arrays


def predicted_here(program, file, arrays, folder):
    """What the program predicts with the file, in the order of its outputs."""
    np.savez(folder / "x.npz", **arrays)
    command = [program, "predict", file, folder / "x.npz", folder / "y.npz", "--device", "cpu"]
    subprocess.run(command, check=True, capture_output=True)
    return list(np.load(folder / "y.npz").values())


def check_old_keys(program):
    """Architectures of Keras 1 and 2 whose configs hold every key that Keras 3 does not take."""
    problems = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for architecture in sorted(DATA.glob("old_keys_*.json")):
            file = folder / "model.keras"
            command = [program, "convert", architecture, file, "--weights", "synthetic:7"]
            subprocess.run(command, check=True, capture_output=True)
            model = keras.models.load_model(file)
            arrays = inputs_of(model)
            for one, other in zip(predicted(model, arrays, 32), predicted_here(program, file, arrays, folder)):
                if found := different(one, other, 1e-4, 1e-6):
                    problems.append(f"WRONG {architecture.name}: {found}")
    return problems


def same_weights(given, expected):
    return len(given) == len(expected) and all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(given, expected))


def check_quantised(program):
    """`convert --quantize` writes the weights of Keras's own quantize(), and Keras predicts the same with both and so does the program."""
    problems = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for mode in ("int8", "int4"):
            file, source = folder / f"{mode}.keras", DATA / "quantise_float.keras"
            subprocess.run([program, "convert", source, file, "--quantize", mode], check=True, capture_output=True)
            model, expected = keras.models.load_model(file), keras.models.load_model(source)
            expected.quantize(mode)
            if not same_weights(model.get_weights(), expected.get_weights()):
                problems.append(f"WRONG {mode}: other weights than Keras's")
            arrays = inputs_of(model)
            results = predicted(model, arrays, 32), predicted(expected, arrays, 32), predicted_here(program, file, arrays, folder)
            problems += [f"WRONG {mode}: {found}" for other in results[1:] if (found := different(results[0][0], other[0], 1e-4, 1e-5))]
    return problems


def check_optimizers(program):
    """Variables of optimizers of Keras 2 arrive in those of Keras 3, and training goes on from there."""
    problems = []
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "model.keras"
        for source in sorted((DATA / "optimizers").glob("*.[kh]*")):
            subprocess.run([program, "convert", source, file], check=True, capture_output=True)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                model = keras.models.load_model(file)
            expected = list(np.load(source.with_suffix(".npz")).values())
            if not same_weights([np.asarray(keras.ops.convert_to_numpy(v)) for v in model.optimizer.variables], expected):
                problems.append(f"WRONG {source.name}: other variables of the optimizer")
            model.fit(np.ones((4, 2)), np.ones((4, 2)), verbose=0)
            if int(model.optimizer.iterations) != int(expected[0]) + 1:
                problems.append(f"WRONG {source.name}: training did not go on")
    return problems


def main(program, cases, pattern="."):
    counts = dict.fromkeys(["right", "refused by convert", "not loaded or run by Keras", "wrong"], 0)
    with tempfile.TemporaryDirectory() as folder:
        for case in sorted(Path(cases).iterdir()):
            if not re.search(pattern, case.name) or not (case / "case.json").exists() or ITS_OWN.search(case.name):
                continue
            facts = json.loads((case / "case.json").read_text())
            if "expect_error" in facts or "custom_objects" in facts or "inputs" not in facts or "signature" in facts:
                continue
            file = Path(folder) / "model.keras"
            if converted(program, case, facts, file).returncode:
                counts["refused by convert"] += 1
                continue
            try:
                problem = check(case, facts, file)
            except Exception as error:  # whatever Keras raises
                counts["not loaded or run by Keras"] += 1
                print(f"{case.name}: {type(error).__name__}: {str(error)[-160:]!r}", flush=True)
                continue
            counts["wrong" if problem else "right"] += 1
            if problem:
                print(f"WRONG {case.name}: {problem}", flush=True)
    problems = check_old_keys(program) + check_quantised(program) + check_optimizers(program)
    counts["wrong"] += len(problems)
    print("".join(problem + "\n" for problem in problems), end="")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["wrong"] or not counts["right"] else 0


if __name__ == "__main__":
    try:
        import keras
        import numpy as np
    except ImportError as missing:
        print(f"skipped: {missing}")
        sys.exit(77)
    if not keras.__version__.startswith("3."):
        print(f"skipped: needs Keras 3, found {keras.__version__}")
        sys.exit(77)
    sys.exit(main(*sys.argv[1:]))
