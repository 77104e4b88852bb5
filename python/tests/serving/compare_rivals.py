"""keraunos-compare beside the rivals' own packages, which the interpreter KERAUNOS_RIVALS_PYTHON has. 77 where it has none of them.

    python3 -m venv V && V/bin/pip install tensorflow-cpu "keras>=3.12" tf2onnx onnxruntime openvino "jax[cpu]"       (and torch, where it is for the CPU)
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from folders import CASES, EXAMPLE

PACKAGES = {
    "keras predict": ["tensorflow"],
    "tf.function": ["tensorflow"],
    "tf.function XLA": ["tensorflow"],
    "keras jax": ["jax"],
    "keras torch": ["torch"],
    "onnxruntime": ["onnxruntime", "tf2onnx"],
    "openvino": ["openvino", "tf2onnx"],
}
MODELS = (EXAMPLE, CASES / "topology_several_k3" / "model.keras", CASES / "conv2d_residual_k3" / "model.keras")


def installed(python):
    names = sorted({name for needed in PACKAGES.values() for name in needed})
    code = f"import importlib.util; print(*(name for name in {names} if importlib.util.find_spec(name)))"
    there = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return [rival for rival, needed in PACKAGES.items() if all(name in there for name in needed)]


def compared(model, rivals, python, folder):
    file = pathlib.Path(folder) / "results.json"
    command = [sys.executable, "-m", "keraunos.compare", model, "--rivals", ",".join(rivals), "--batches", "1,5", "--seconds", "0.05", "--threads", "1"]
    command += ["--device", "cpu", "--json", file, *(f"--python={rival}={python}" for rival in rivals)]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(file.read_text())


def main():
    python = os.environ.get("KERAUNOS_RIVALS_PYTHON", "")
    rivals = installed(python) if python else []
    if not rivals:
        print("skipped: KERAUNOS_RIVALS_PYTHON names no Python with a rival")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            results = compared(model, rivals, python, folder)
            faults = {engine["name"]: engine["error"] for engine in results["engines"] if engine["error"]}
            assert not faults, f"{model}: {faults}"
            for batch in results["batches"]:
                assert list(batch["engines"]) == ["keraunos", *rivals], batch["engines"].keys()
                for name, figures in batch["engines"].items():
                    assert figures["difference"] < 1e-4, f"{model}, {name}: outputs differ by {figures['difference']}"
    print(f"{len(MODELS)} models beside {', '.join(rivals)}")


if __name__ == "__main__":
    main()
