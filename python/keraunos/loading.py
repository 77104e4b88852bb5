"""load_model."""

import json
import os

from . import _native, fork
from .errors import ModelNotFoundError, UnsupportedError, UsageError
from .model import Model

# Classes and functions of these packages are built into Keraunos: passing them as custom_objects, as Keras requires, has no
# effect.
_KNOWN_PACKAGES = {"keras", "tf_keras", "tensorflow", "qkeras", "hgq", "tensorflow_addons", "tensorflow_model_optimization", "keras_hub", "keras_nlp"}

# Config keys of objects that only training uses.
_NOT_USED = ("initializer", "regularizer", "constraint")


def load_model(
    filepath: "str | os.PathLike",
    custom_objects: "dict | None" = None,
    compile: bool = True,
    safe_mode: bool = True,
    *,
    options: "object | None" = None,
    device: str = "auto",
    precision: str = "as_saved",
    threads: int = 0,
    weights: "str | os.PathLike | None" = None,
    max_bytes: "int | None" = None,
    hdf5: str = "strict",
    scratch_folder: "str | os.PathLike | None" = None,
    replace: "dict[str, str] | None" = None,
    recipe: "str | list[str] | None" = None,
    signature: str = "",
) -> Model:
    """Loads what Keras's `model.save()` wrote.

    `device`: "auto" (a CUDA device where there is one), "cpu", "cuda" or "cuda:1". `precision`: "as_saved", "float32",
    "tf32", "bfloat16", "float16". `threads`: of one call on the CPU; 0: as many as cores. `weights`: the file of weights for
    an architecture JSON. `max_bytes`: refuse files that need more memory. `hdf5`: "strict", or "library" for trusted files.
    `custom_objects`: what a custom loss or metric computes, as an expression: {"my_loss": "K.mean(K.abs(y_true - y_pred), axis=-1)"};
    without it a model with custom losses or metrics is refused, except with `compile=False`.
    `scratch_folder`: a folder for large weights that are not kept in memory. `replace`: for layers by name, an expression
    that replaces them: {"lambda_1": "x / 127.5 - 1"}. `recipe`: take classes copied from
    an example as that example has them: "keras_io", or several. `signature`: for a SavedModel, the function that is computed instead of
    its layers. `options`: a tf.saved_model.LoadOptions of Keras 2. Variables that only training needs may be missing, whatever
    `allow_partial_checkpoint` is; others may not. `experimental_variable_policy` applies to saving and has no effect;
    `experimental_skip_checkpoint` requires `weights`, because no values are read then; `experimental_io_device` is refused."""
    _check_saved_model_options(options, weights)
    path = os.fspath(filepath)
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not os.path.exists(path):
        raise ModelNotFoundError(f"File not found: filepath={path}")
    fork.enter()
    settings = dict(device=device, precision=precision, threads=threads, weights=os.fspath(weights) if weights is not None else "", max_bytes=max_bytes,
                    hdf5=hdf5, scratch_folder=os.fspath(scratch_folder) if scratch_folder is not None else "", replace=dict(replace or {}),
                    signature=signature, compile=bool(compile), safe_mode=bool(safe_mode))
    recipes = [recipe] if isinstance(recipe, str) else list(recipe or [])
    own = _own_objects(custom_objects)
    comparisons = {name: item for name, item in (custom_objects or {}).items() if isinstance(item, str)}
    try:
        native = _native.load_model(path, recipes=recipes, comparisons=comparisons, **settings)
    except UnsupportedError as error:
        if own and any(name in str(error) for name in own):
            raise UnsupportedError(f"{error}\n{_advice(own)}", error.items) from None
        raise
    _refuse_used(native, own)
    return Model(native, (os.path.abspath(path), custom_objects, {**settings, "recipe": recipes}))


def _check_saved_model_options(options, weights):
    if options is None:
        return
    known = {"allow_partial_checkpoint", "experimental_io_device", "experimental_skip_checkpoint", "experimental_variable_policy"}
    if not any(hasattr(options, name) for name in known):
        raise UsageError(f"options must be a tf.saved_model.LoadOptions, found {type(options).__name__}")
    device = getattr(options, "experimental_io_device", None)
    if device is not None:
        raise UnsupportedError(f"options.experimental_io_device={device!r} is not supported: files are read by this process")
    if getattr(options, "experimental_skip_checkpoint", False) and weights is None:
        raise UnsupportedError("options.experimental_skip_checkpoint=True leaves the model without values: give a file of weights as weights=…")


def _own_objects(custom_objects):
    """Names of the user's own objects."""
    if custom_objects is None:
        return []
    if not isinstance(custom_objects, dict):
        raise UsageError(f"custom_objects must be a dictionary of names, found {type(custom_objects).__name__}")
    mine = {name: item for name, item in custom_objects.items() if not isinstance(item, str)}
    return [name for name, item in mine.items() if str(getattr(item, "__module__", "")).split(".")[0] not in _KNOWN_PACKAGES]


def _advice(names):
    return (
        f"custom_objects has {', '.join(map(repr, names))}: Keraunos does not run Python code. Replace such a layer by an expression, "
        'load_model(…, replace={"layer_name": "x / 2"}), give a loss or a metric as one, '
        'custom_objects={"my_loss": "K.mean(K.abs(y_true - y_pred), axis=-1)"}, or register it in C++ (CustomObjects)'
    )


def _refuse_used(native, own):
    """A built-in must not compute what the file names and custom_objects redefine."""
    if not own:
        return
    used = sorted(_names_in(json.loads(native.saved_config()[1])) & set(own))
    if used:
        raise UnsupportedError(f"the file uses {', '.join(map(repr, used))}. {_advice(used)}")


def _names_in(config):
    """Texts that may name a class or a function: all except names of layers, and what predictions do not use; for a registered
    name also the part after the package."""
    if isinstance(config, dict):
        return set().union(*(_names_in(value) for key, value in config.items() if key != "name" and not key.endswith(_NOT_USED)))
    if isinstance(config, list):
        return set().union(*map(_names_in, config))
    return {config, config.rpartition(">")[2]} if isinstance(config, str) else set()
