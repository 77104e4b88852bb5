"""Prints the public layers, losses and metrics of the installed Keras, and the operations of Keras 3, as JSON.

    python3 tests/data/keras/record_public_names.py > tests/data/keras/public_names_k2.json   (Keras 2.15)
    python3 tests/data/keras/record_public_names.py > tests/data/keras/public_names_k3.json   (Keras 3.15)
"""

import importlib
import inspect
import json
import os
import pkgutil

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras


def layers():
    found = vars(keras.layers).items()
    return sorted(n for n, c in found if inspect.isclass(c) and issubclass(c, keras.layers.Layer) and n[0] != "_")


def operations():
    from keras.src import ops
    from keras.src.ops.operation import Operation

    names = set()
    for module in pkgutil.iter_modules(ops.__path__):
        if module.name.endswith("_test"):
            continue
        found = vars(importlib.import_module(f"keras.src.ops.{module.name}"))
        own = f"keras.src.ops.{module.name}"
        names |= {n for n, c in found.items() if inspect.isclass(c) and issubclass(c, Operation) and c.__module__ == own}
    return sorted(names - {"Operation"})


def objects(module):
    """Names of classes and functions without duplicates, including aliases of Keras 2."""
    return sorted(n for n, c in vars(module).items() if (inspect.isclass(c) or inspect.isfunction(c)) and n[0] != "_")


if __name__ == "__main__":
    everything = {"keras": keras.__version__, "layers": layers()}
    everything |= {"losses": objects(keras.losses), "metrics": objects(keras.metrics)}
    if keras.__version__.startswith("3"):
        everything["operations"] = operations()
    print(json.dumps(everything, indent=1))
