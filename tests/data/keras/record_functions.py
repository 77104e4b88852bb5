"""Prints the functions of the installed Keras that the code of a Lambda may call; the unit test PythonFunctions compares them with
the tables of src/loader/python.

    python3 tests/data/keras/record_functions.py > functions_k2.txt   (Keras 2.15)
    python3 tests/data/keras/record_functions.py > functions_k3.txt   (Keras 3)

Lines: "K.name parameters…" for Keras's backend; "alias path name": a public path of TensorFlow and the name of the
same function in signatures_tensorflow.txt; "ops.name parameters…" for keras.ops.
"""

import inspect
import pathlib

import keras

PLACES = ("math", "nn", "linalg", "image", "dtypes", "bitwise", "signal", "compat", "v1")


def functions_of(module, prefix):
    for name in sorted(dir(module)):
        found = getattr(module, name)
        if name.startswith("_") or not callable(found) or inspect.isclass(found):
            continue
        parameters = inspect.signature(found).parameters.values()
        stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        yield " ".join([prefix + name, *(stars.get(p.kind, "") + p.name for p in parameters)])


def aliases():
    import tensorflow as tf
    from tensorflow.python.util import tf_export

    table = pathlib.Path(__file__).parent / "signatures_tensorflow.txt"
    known = {line.split()[0] for line in table.read_text().splitlines()}

    def walk(module, prefix, depth):
        for name in dir(module):
            found = getattr(module, name, None)
            if inspect.ismodule(found) and name in PLACES and depth < 3:
                yield from walk(found, f"{prefix}{name}.", depth + 1)
            elif callable(found) and not name.startswith("_"):
                canonical = tf_export.get_canonical_name_for_symbol(found, add_prefix_to_v1_names=True)
                if canonical in known and canonical != prefix + name:
                    yield f"alias {prefix}{name} {canonical}"

    return sorted(set(walk(tf, "", 0)))


if keras.__version__.startswith("2."):
    print("\n".join([*functions_of(keras.backend, "K."), *aliases()]))
else:
    print("\n".join(functions_of(keras.ops, "ops.")))
