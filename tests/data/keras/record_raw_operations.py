"""Prints the inputs, attributes and outputs of every raw operation that src/loader/tf names, as the installed
TensorFlow defines them.

    python3 tests/data/keras/record_raw_operations.py > raw_operations.txt   (TensorFlow 2.15)

A line has the operation; its inputs, lists of tensors with a star; its attributes with their types; its outputs. The unit test RawOperations
compares the table with these lines.
"""

import pathlib
import re

from tensorflow.python.framework import op_def_registry

ROOT = pathlib.Path(__file__).parents[3]


def names_in_sources():
    table = "".join((ROOT / "src/loader/tf" / name).read_text() for name in ("raw_operations.cpp", "raw_outputs.cpp"))
    bodies = "".join(path.read_text() for path in sorted((ROOT / "src/loader/ops").glob("*.cpp")))
    return sorted(set(re.findall(r'^    \{"(\w+)", "', table, re.M)) | set(re.findall(r'"raw_ops\.(\w+)"', bodies)))


def line_of(name):
    definition = op_def_registry.get(name)
    inputs = [i.name + ("*" if i.number_attr or i.type_list_attr else "") for i in definition.input_arg]
    attributes = [f"{a.name}:{a.type}" for a in definition.attr]
    outputs = [o.name + ("*" if o.number_attr or o.type_list_attr else "") for o in definition.output_arg]
    return f"{name}; {' '.join(inputs)}; {' '.join(attributes)}; {' '.join(outputs)}"


for operation in names_in_sources():
    print(line_of(operation))
