#!/usr/bin/env python3
"""Writes recorded.h: numbers of recorded cases as arrays of C, so that tests in C need no reader of .npz.  recorded.py (needs NumPy)"""
import json
import pathlib

import numpy

CASES = pathlib.Path(__file__).parent.parent / "cases"
# the names in C: case, file, array
ARRAYS = {
    "dictionaries_b": ("ages_dictionaries_k3_12", "inputs.npz", "b"),
    "dictionaries_z": ("ages_dictionaries_k3_12", "inputs.npz", "z"),
    "dictionaries_average": ("ages_dictionaries_k3_12", "outputs.npz", "average"),
    "dictionaries_tall": ("ages_dictionaries_k3_12", "outputs.npz", "tall"),
    "words_in": ("string_lookup_adapted_k3", "inputs.npz", "x"),
    "words_ids": ("string_lookup_adapted_k3", "outputs.npz", "lookup"),
    "words_y": ("string_lookup_adapted_k3", "outputs.npz", "y"),
    "inverse_in": ("string_lookup_inverse_k3", "inputs.npz", "x"),
    "inverse_words": ("string_lookup_inverse_k3", "outputs.npz", "y"),
    "recurrent_x0": ("stateful_simple_rnn_k3", "inputs.npz", "x"),
    "recurrent_x1": ("stateful_simple_rnn_k3", "inputs_1.npz", "x"),
    "recurrent_y0": ("stateful_simple_rnn_k3", "outputs.npz", "y"),
    "recurrent_y1": ("stateful_simple_rnn_k3", "outputs_1.npz", "y"),
    "scored_x": ("evaluate_two_outputs_k3", "inputs.npz", "x"),
    "scored_a": ("evaluate_two_outputs_k3", "y.npz", "a"),
    "scored_b": ("evaluate_two_outputs_k3", "y.npz", "b"),
    "scored_weight_a": ("evaluate_two_outputs_k3", "sample_weight.npz", "a"),
    "scored_weight_b": ("evaluate_two_outputs_k3", "sample_weight.npz", "b"),
}
TYPES = {"f": "float", "i": "int64_t", "S": "char* const"}


def literal(value):
    if isinstance(value, bytes):
        return '"' + "".join(chr(b) if 32 <= b < 127 else f"\\{b:03o}" for b in value) + '"'
    if isinstance(value, float):
        text = f"{value:.9g}"
        return text + ("f" if "." in text or "e" in text else ".0f")
    return str(value)


def rows(values, width=120):
    """The values with commas, on as many lines as needed."""
    lines = [""]
    for value in values:
        if len(lines[-1]) + len(value) > width:
            lines.append("")
        lines[-1] += f" {value},"
    return "\n   ".join(["", *lines])


def main():
    lines = ["// Numbers of recorded cases (tests/cases), written by recorded.py.", "#pragma once", "", "#include <stdint.h>", "", "// clang-format off"]
    for name, (case, file, key) in ARRAYS.items():
        array = numpy.load(CASES / case / file)[key]
        lines.append(f"// {case}, {array.shape}")
        lines.append(f"static const {TYPES[array.dtype.kind]} {name}[] = {{{rows(map(literal, array.ravel().tolist()))}\n}};")
    scores = json.loads((CASES / "evaluate_two_outputs_k3" / "case.json").read_text())["evaluate"]
    lines.append("// evaluate_two_outputs_k3")
    lines.append(f"static const char* const scored_names[] = {{{rows(chr(34) + name + chr(34) for name in scores)}\n}};")
    lines.append(f"static const float scored_values[] = {{{rows(map(literal, scores.values()))}\n}};")
    lines.append("// clang-format on")
    (pathlib.Path(__file__).parent / "recorded.h").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
