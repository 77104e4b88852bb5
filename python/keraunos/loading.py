"""load_model."""

import json
import os
import typing

from . import _native, fork, kernels, traced
from .errors import ModelNotFoundError, UnsupportedError, UsageError
from .model import Model
from .utils import objects_in_scope

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
    replace: "dict[str, str | kernels.NumpyKernel | typing.Callable] | None" = None,
    recipe: "str | list[str] | None" = None,
    signature: str = "",
) -> Model:
    """Loads what Keras's `model.save()` wrote.

    `device`: "auto" (a CUDA device where there is one), "cpu", "cuda" or "cuda:1". `precision`: "as_saved", "float32",
    "tf32", "bfloat16", "float16". `threads`: of one call on the CPU; 0: as many as cores. `weights`: the file of weights for
    an architecture JSON. `max_bytes`: refuse files that need more memory. `hdf5`: "strict", or "library" for trusted files.
    `scratch_folder`: a folder for large weights that are not kept in memory. `replace`: for layers by name, an expression
    that replaces them: {"lambda_1": "x / 127.5 - 1"}, a function of keraunos.ops, or a numpy_kernel(). `custom_objects`: classes, functions,
    losses and metrics by name: functions that call keraunos.ops (see ops_function()), or made by numpy_kernel(), and losses and metrics also as
    expressions: {"my_loss": "K.mean(K.abs(y_true - y_pred), axis=-1)"}; other Python objects are refused if the file uses them, and so
    are custom losses and metrics that are not given, except with `compile=False`.
    `recipe`: take classes copied from an example as that example has them: "keras_io", or several. `signature`: for a SavedModel, the function that is computed instead of
    its layers; for a frozen graph, the outputs: "probabilities,best:1". `options`: a tf.saved_model.LoadOptions of Keras 2. Variables that only training needs may be missing, whatever
    `allow_partial_checkpoint` is; others may not. `experimental_variable_policy` applies to saving and has no effect;
    `experimental_skip_checkpoint` requires `weights`, because no values are read then; `experimental_io_device` is refused."""
    _check_saved_model_options(options, weights)
    path = os.fspath(filepath)
    return bound(os.fsdecode(path), custom_objects, compile=compile, safe_mode=safe_mode, device=device, precision=precision, threads=threads,
                 weights=weights, max_bytes=max_bytes, hdf5=hdf5, scratch_folder=scratch_folder, replace=replace, recipe=recipe, signature=signature)


def bound(source, custom_objects=None, *, compile=True, safe_mode=True, device="auto", precision="as_saved", threads=0, weights=None,
          max_bytes=None, hdf5="strict", scratch_folder=None, replace=None, recipe=None, signature=""):
    """The Model of a path, or of the bytes of an architecture JSON."""
    if isinstance(source, str):
        if not os.path.exists(source):
            raise ModelNotFoundError(f"File not found: filepath={source}")
        source = os.path.abspath(source)
    fork.enter()
    custom_objects = traced.given({**objects_in_scope(), **_dictionary(custom_objects)}, _KNOWN_PACKAGES)
    replace = traced.given(dict(replace or {}), _KNOWN_PACKAGES)
    options = dict(device=device, precision=precision, threads=threads, weights=_text(weights), max_bytes=max_bytes, hdf5=hdf5,
                   scratch_folder=_text(scratch_folder), signature=signature, compile=bool(compile), safe_mode=bool(safe_mode))
    expressions = {layer: text for layer, text in replace.items() if not isinstance(text, (kernels.NumpyKernel, traced.OpsFunction))}
    recipes = [recipe] if isinstance(recipe, str) else list(recipe or [])
    own = _own_objects(custom_objects)
    comparisons = {name: item for name, item in custom_objects.items() if isinstance(item, str)}
    try:
        native = _native.load_model(source, recipes=recipes, replace=expressions, comparisons=comparisons, kernels=kernels.roles(custom_objects, replace),
                                    functions=traced.roles(custom_objects, replace), **options)
    except UnsupportedError as error:
        if own and any(name in str(error) for name in own):
            raise UnsupportedError(f"{error}\n{_advice(own)}", error.items) from None
        raise
    _refuse_used(native, own)
    return Model(native, (source, custom_objects, {**options, "replace": replace, "recipe": recipes}))


def _text(path):
    return os.fspath(path) if path is not None else ""


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


def _dictionary(custom_objects):
    if custom_objects is not None and not isinstance(custom_objects, dict):
        raise UsageError(f"custom_objects must be a dictionary of names, found {type(custom_objects).__name__}")
    return dict(custom_objects or {})


def _own_objects(custom_objects):
    """Names of the user's own objects that are not computed."""
    own = {name: item for name, item in custom_objects.items() if not isinstance(item, traced.OWN)}
    return [name for name, item in own.items() if str(getattr(item, "__module__", "")).split(".")[0] not in _KNOWN_PACKAGES]


def _advice(names):
    return (
        f"custom_objects has {', '.join(map(repr, names))}: Keraunos does not run Python code of Keras. Replace such a layer by an expression, "
        'load_model(…, replace={"layer_name": "x / 2"}), write it with keraunos.ops (a function, or a class with the method call and without a base '
        "of Keras) or with NumPy (keraunos.numpy_kernel), give a loss or a metric as an expression, "
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
