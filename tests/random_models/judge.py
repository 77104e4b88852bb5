"""Runs the program on the cases and compares its distance from float64 with the distance of Keras in float32."""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

TIMES = 4.0  # an error may be this many times Keras's error
PIECES = (1, 2, 3, 7, 11)  # rows
FLOOR = 2e-6  # of the largest number of an output: errors below it are accepted
INEXACT = 2e-5  # where there is nothing but Keras in float32 to compare with
SHORT = {"float16": 2e-3, "bfloat16": 1.6e-2}


def scale_of(exact):
    finite = exact[np.isfinite(exact)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def error_of(found, exact):
    """The largest error relative to the output's largest number; infinite where one is finite and the other is not."""
    found, exact = found.astype("float64"), exact.astype("float64")
    same = (found == exact) | (np.isnan(found) & np.isnan(exact))
    with np.errstate(invalid="ignore"):
        apart = np.where(same, 0.0, np.abs(found - exact))
    apart = np.where(np.isnan(apart), np.inf, apart)
    return float(apart.max() / max(scale_of(exact), 1e-30)) if apart.size else 0.0


def arrays(path):
    with np.load(path) as archive:
        return {key: archive[key] for key in archive.files}


def judge_output(name, found, keras, exact, floor, sensitivity):
    """(complaint or None, our error, Keras's error)"""
    if found.shape != keras.shape:
        return f"{name} has shape {found.shape}, expected {keras.shape}", 0.0, 0.0
    if keras.dtype.kind not in "fc":
        equal = np.array_equal(found, keras)
        return (None if equal else f"{name} differs"), 0.0, 0.0
    ours, theirs = error_of(found, exact), error_of(keras, exact)
    if np.isinf(theirs):  # short types overflow where float64 does not: only Keras's result can be the reference
        ours = theirs = error_of(found, keras)
        allowed = max(1e-4, floor)  # two neighbours in float16 are 1e-3 of the largest number apart
        return (f"{name} is {ours:.1e} from Keras, which is not finite" if ours > allowed else None), 0.0, 0.0
    allowed = TIMES * max(theirs, sensitivity) + floor
    if ours > allowed and error_of(found, keras) <= floor:  # at a step of floor() or sign() float64 may fall on the other side
        return None, theirs, theirs
    complaint = f"{name}: error {ours:.2e}, Keras's {theirs:.2e}, moved inputs {sensitivity:.1e}" if ours > allowed else None
    return complaint, ours, theirs


def command(program, facts, folder, device, results):
    weights = ["--weights", str(folder / facts["weights"])] if "weights" in facts else []
    options = ["--device", device] + (["--precision", "float32"] if device == "cuda" else [])
    if "batch_size" not in facts and facts["seed"] % 3 == 0:  # a whole batch was recorded: its pieces give the same
        options += ["--batch-size", str(PIECES[facts["seed"] // 3 % len(PIECES)])]
    elif facts.get("batch_size", 32) != 32:
        options += ["--batch-size", str(facts["batch_size"])]
    if device == "cpu":
        options += ["--threads", str(1 + facts["seed"] % 2)]
    return [program, "predict", str(folder / facts["model"]), str(folder / facts["inputs"]), results, *weights, *options]


def run(line):
    """(exit status, output)"""
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return "timeout", ""
    kind = "ok" if done.returncode == 0 else "CRASH" if done.returncode < 0 or done.returncode > 3 else "refused"
    return kind, (done.stderr + done.stdout)[-1500:]


def judge(program, folder, device):
    """{kind, message, outputs: {name: [our error, Keras's error, elements]}} of one case"""
    facts = json.loads((folder / "case.json").read_text())
    if "calls" in facts:
        options = ["--precision", "float32"] if device == "cuda" else []
        kind, text = run([program, "verify", str(folder), "--device", device, *options])
        return {"kind": "ok" if kind == "ok" else "CRASH" if kind == "CRASH" else "differs", "message": text, "outputs": {}}
    with tempfile.TemporaryDirectory() as results:
        path = str(Path(results) / "found.npz")
        kind, text = run(command(program, facts, folder, device, path))
        if kind != "ok":
            return {"kind": kind, "message": text, "outputs": {}}
        found = arrays(path)
    keras, exact = arrays(folder / facts["outputs"]), arrays(folder / "exact.npz")
    if list(found) != list(keras):
        return {"kind": "names", "message": f"{list(found)}, expected {list(keras)}", "outputs": {}}
    floor = max([FLOOR, *(value for key, value in SHORT.items() if key in facts["policy"])])
    floor = max(floor, INEXACT) if "inexact" in facts else floor
    complaints, outputs = [], {}
    for i, name in enumerate(found):
        complaint, ours, theirs = judge_output(name, found[name], keras[name], exact[name], floor, facts["sensitivity"][i])
        complaints += [complaint] if complaint else []
        outputs[name] = [ours, theirs, int(keras[name].size)]
    return {"kind": "differs" if complaints else "ok", "message": "; ".join(complaints), "outputs": outputs, "policy": facts["policy"]}
