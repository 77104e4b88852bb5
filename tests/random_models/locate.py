"""Finds the first layer of a case that differs: compares every layer of the outermost model with Keras, in the model's order.

    VENV/bin/python tests/random_models/locate.py CASE PROGRAM [DEVICE]
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "cases")]

from generate import files, oracle  # noqa: E402
from generate.oracle import keras  # noqa: E402
from random_models import judge  # noqa: E402


def outputs_of(model):
    """{name: first output} of layers that are called once and have one output."""
    found = {}
    for layer in model.layers:
        try:
            output = layer.output
        except (AttributeError, ValueError):
            continue
        if not isinstance(output, (list, tuple, dict)) and type(layer).__name__ != "InputLayer":
            found[layer.name] = output
    return found


def main():
    folder, program = Path(sys.argv[1]), sys.argv[2]
    facts = json.loads((folder / "case.json").read_text())
    model = files.load_again(folder, facts)
    tapped = outputs_of(model)
    inputs = judge.arrays(folder / facts["inputs"])
    inside = keras.Model(model.inputs, list(tapped.values()))
    answers = oracle.predict(inside, inputs)
    layers = {layer.name: layer for layer in model.layers}
    for name, answer in zip(tapped, answers, strict=True):
        with tempfile.TemporaryDirectory() as results:
            path = str(Path(results) / "found.npz")
            line = judge.command(program, facts, folder, sys.argv[3] if len(sys.argv) > 3 else "cpu", path)
            done = subprocess.run([*line, "--layer", name], capture_output=True, text=True)
            if done.returncode:
                print(f"{name:30} {done.stderr.strip()[:200]}")
                continue
            found = next(iter(judge.arrays(path).values()))
        same = found.shape == answer.shape
        error = judge.error_of(found, answer) if same else f"{found.shape}, expected {answer.shape}"
        print(f"{name:30} {type(layers[name]).__name__:24} {answer.shape!s:20} {error if not same else f'{error:.1e}'}")


if __name__ == "__main__":
    main()
