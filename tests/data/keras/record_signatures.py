"""Prints the parameters of every function and operation that src/loader/ops names, as the installed Keras defines
them.

    python3 tests/data/keras/record_signatures.py > signatures_tensorflow.txt   (Keras 2.15)
    python3 tests/data/keras/record_signatures.py > signatures_keras3.txt       (Keras 3)

A line for TensorFlow has the function and its parameters. A line for Keras 3 has the operation, the parameters of its
call, ";", and those of its constructor, which are in the config. Defaults are in Python's notation. The unit test
Signatures compares the tables with these lines.
"""

import importlib
import inspect
import pathlib
import pkgutil
import re

import keras

ROOT = pathlib.Path(__file__).parents[3]


def names_in_sources():
    texts = [path.read_text() for path in sorted((ROOT / "src/loader/ops").glob("*.cpp"))]
    return sorted({name for text in texts for name in re.findall(r'"([A-Za-z_][A-Za-z0-9_.]*)"', text)})


def parameters(function):
    words = []
    for p in inspect.signature(function).parameters.values():
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = "" if p.default is p.empty else "=" + getattr(p.default, "__name__", repr(p.default)).replace(" ", "")
        words.append(star + p.name + default)
    return words


def tensorflow_lines():
    import tensorflow as tf

    for name in names_in_sources():
        found = tf
        for part in name.split("."):
            found = getattr(found, part, None)
        if callable(found) and not inspect.isclass(found):
            yield " ".join([name, *parameters(inspect.unwrap(found))])


def keras3_lines():
    from keras.src import ops
    from keras.src.ops.operation import Operation

    modules = [f"keras.src.ops.{m.name}" for m in pkgutil.iter_modules(ops.__path__) if not m.name.endswith("_test")]
    wanted = set(names_in_sources())
    for name in [*modules, "keras.src.activations.activations"]:
        module = importlib.import_module(name)
        for found in vars(module).values():
            own = inspect.isclass(found) and issubclass(found, Operation) and found.__module__ == name
            if own and found.__name__ in wanted:
                yield " ".join([found.__name__, *parameters(found.call)[1:], ";", *parameters(found.__init__)[1:]])


if __name__ == "__main__":
    print("\n".join(sorted(keras3_lines() if keras.__version__.startswith("3") else tensorflow_lines())))
