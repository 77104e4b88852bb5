"""Which public names of this Keras no random model holds: each has a line with its reason in left_out.txt.

A line: the Kerases, the kind (layer, function, activation), a name or a pattern, the reason. The check fails on names that
are neither generated nor listed, and on lines that match nothing.
"""

import fnmatch
import inspect
import re
from pathlib import Path

from generate.activations import NAMES
from generate.oracle import KERAS, keras, tf

from random_models import operations, rare
from random_models.named import function

HERE = Path(__file__).resolve().parent


def layers():
    base = keras.layers.Layer
    return {n for n, c in vars(keras.layers).items() if inspect.isclass(c) and issubclass(c, base) and n[0] != "_"}


def operations_of_keras():
    """By their shortest names: keras.ops.linalg.det is keras.ops.det."""
    top = {n for n in dir(keras.ops) if n[0] != "_" and callable(getattr(keras.ops, n))}
    return top | {f"image.{n}" for n in dir(keras.ops.image) if n[0] != "_" and callable(getattr(keras.ops.image, n))}


def functions_of_tensorflow():
    """Those that become a layer when they get a Keras tensor, by the names under which that layer is saved."""
    from tensorflow.python.util.tf_export import get_canonical_name_for_symbol

    found, seen = set(), set()

    def walk(module):
        for name in dir(module):
            value = getattr(module, name, None)
            if (
                inspect.ismodule(value)
                and "tensorflow" in value.__name__ + str(getattr(value, "__file__", ""))
                and id(value) not in seen
            ):
                seen.add(id(value))
                if name not in ("compat", "keras", "raw_ops", "python", "experimental"):
                    walk(value)
            elif callable(value) and hasattr(value, "_tf_fallback_dispatchers"):
                found.add(get_canonical_name_for_symbol(value) or "")

    walk(tf)
    return {name for name in found if name and "." * 3 not in name}


def activations():
    found = {n for n, f in vars(keras.activations).items() if callable(f) and n[0] != "_"}
    return found - {"get", "serialize", "deserialize"}


def canonical(name):
    """TensorFlow has several names for one function."""
    if KERAS == 3:
        return name
    from tensorflow.python.util.tf_export import get_canonical_name_for_symbol

    return get_canonical_name_for_symbol(function(name)) if "__" not in name else name


def generated():
    text = "".join(path.read_text() for path in sorted(HERE.glob("*.py")))
    return {
        "layer": set(re.findall(r"\bL\.(\w+)", text)) | set(rare.TABLE) | {"InputLayer"},
        "function": {canonical(name) for name in operations.FUNCTIONS},
        "activation": set(NAMES) | {"softmax", "log_softmax", "exponential", "sparsemax"},
    }


def lines():
    for line in (HERE / "left_out.txt").read_text().splitlines():
        head, reason = line.split(": ", 1)
        kerases, kind, pattern = head.split()
        if str(KERAS) in kerases:
            yield kind, pattern, reason


def complaints():
    public = {
        "layer": layers(),
        "function": operations_of_keras() if KERAS == 3 else functions_of_tensorflow(),
        "activation": activations(),
    }
    made, found = generated(), []
    missing = {(kind, name) for kind in public for name in public[kind] - made[kind]}
    for kind, pattern, _ in lines():
        matched = {(k, n) for k, n in missing if k == kind and fnmatch.fnmatchcase(n, pattern)}
        if not matched:
            found.append(f"left_out.txt: no {kind} is called {pattern} and not generated")
        missing -= matched
    return found + [f"{kind} {name} is neither generated nor in left_out.txt" for kind, name in sorted(missing)]


def say_complaints():
    found = complaints()
    print("\n".join(found) or "Each public name is generated, or left out with a reason.")
    return 1 if found else 0
