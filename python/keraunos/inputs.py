"""Converts Python arguments to arrays that the native part reads: C-contiguous numbers, or a flat list of bytes with a shape for
strings."""

import array
import warnings

import numpy as np

from . import _native
from .arrays import on_device
from .errors import UnsupportedError, UsageError


def is_frame(x):
    """True for a pandas DataFrame, without importing pandas."""
    return hasattr(x, "columns") and hasattr(x, "to_numpy") and hasattr(x, "iloc")


def is_batches(x):
    """True for an object that yields batches: a generator, a tf.data.Dataset, a PyDataset, a DataLoader."""
    if isinstance(x, (np.ndarray, list, tuple, dict, str, bytes, bytearray, memoryview, array.array, int, float)) or is_frame(x):
        return False
    if any(hasattr(x, name) for name in ("__array__", "__dlpack__", "__array_interface__", "__cuda_array_interface__")):
        return False
    return hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))


def frame_values(frame):
    values = frame.to_numpy()
    if values.dtype == object and all(getattr(kind, "kind", "O") in "biuf" for kind in frame.dtypes):
        return values.astype(np.float32)  # integers and fractions together, which pandas itself does not join
    return values


def as_array(x, what):
    """An ndarray with the elements of any kind of array."""
    if isinstance(x, np.ndarray):
        if isinstance(x, np.ma.MaskedArray):
            raise UsageError(f"{what} is a masked array, whose mask would be lost; use x.filled(value)")
        return x
    if x is None:
        raise UsageError(f"{what} is None; expected an array")
    if is_frame(x):
        return frame_values(x)
    if hasattr(x, "__dlpack__") and hasattr(x, "__dlpack_device__"):
        return _from_dlpack(x, what)
    if on_device(x):
        raise UnsupportedError(f"{what} is on a device; only CPU memory is supported here: copy it to the CPU first")
    return _numpy(x, what)


def _numpy(x, what):
    try:
        return np.asarray(x)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{what} cannot be converted to an array: {error}") from error


def _from_dlpack(x, what):
    kind = int(x.__dlpack_device__()[0])
    if kind not in (1, 3):  # CPU memory, or pinned CPU memory of CUDA
        raise UnsupportedError(f"{what} is on a device (DLPack's kind {kind}); only CPU memory is supported here: copy it to the CPU first")
    try:
        array, is_bfloat16 = _native.array_from_dlpack(_capsule(x))
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        if hasattr(x, "__array__"):  # strings, for example, are no tensors of DLPack
            return _numpy(x, what)
        raise UsageError(f"{what} cannot be read by DLPack: {error}") from error
    return _of_bfloat16(array) if is_bfloat16 else array


def _capsule(x):
    """Libraries before DLPack 1.0 do not know `max_version`."""
    try:
        return x.__dlpack__(max_version=(1, 0))
    except TypeError:
        return x.__dlpack__()


def _of_bfloat16(bits):
    try:
        from ml_dtypes import bfloat16
    except ImportError:
        return (bits.astype(np.uint32) << 16).view(np.float32)  # the same numbers
    return np.ascontiguousarray(bits).view(bfloat16)


def _strings(array, what):
    flat = array.reshape(-1).tolist()
    for i, text in enumerate(flat):
        if isinstance(text, str):
            flat[i] = text.encode()
        elif not isinstance(text, bytes):
            raise UsageError(f"{what} is an array of objects; expected numbers, or only str and bytes, found {type(text).__name__}")
    return flat, array.shape


def _of_rank(array, shape):
    """Keras adds a last axis of 1 where the model has one, and removes one where it has none."""
    if array.ndim == len(shape) - 1 and shape[-1] == 1:
        return array[..., np.newaxis]
    if array.ndim == len(shape) + 1 and array.shape[-1] == 1:
        return array[..., 0]
    return array


def prepared(x, spec, floatx):
    """`floatx`: floating numbers are converted to float32 before the input's dtype, as in Keras's predict() and evaluate()."""
    what = f'input "{spec.name}"'
    values = _of_rank(as_array(x, what), spec.shape)
    kind = values.dtype.kind
    if kind in "OSU":
        return _strings(values, what)
    if kind == "c" or kind in "mM":
        raise UsageError(f"{what} has the dtype {values.dtype}; expected numbers, booleans or strings")
    if floatx and kind == "f" and values.dtype != np.float32:
        values = values.astype(np.float32)
    elif not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    if kind == "f" and values.dtype.itemsize > 8:
        values = values.astype(np.float64)
    return np.asarray(values, order="C")


def rows_of(prepared_value):
    """None for an array of a device that does not tell its shape."""
    shape = prepared_value[1] if isinstance(prepared_value, tuple) else getattr(prepared_value, "shape", None)
    if shape is None and hasattr(prepared_value, "__cuda_array_interface__"):
        shape = prepared_value.__cuda_array_interface__["shape"]
    return None if shape is None else shape[0] if len(shape) else 1


def _flat_dictionary(x, path=""):
    for key, value in x.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict):
            yield from _flat_dictionary(value, name)
        else:
            yield name, value


def _by_name(x, specs, kind):
    given = dict(_flat_dictionary(x))
    chosen = []
    for spec in specs:
        name = spec.name if spec.name in given else spec.input_layer
        if name in given:
            chosen.append(given.pop(name))
            continue
        listed = _collected(given, spec.name)  # {"features": [a, b]} for the names features.0, features.1
        if listed is None:
            names = ", ".join(f'"{other.name}"' for other in specs)
            raise UsageError(f'{kind} "{spec.name}" is missing; the model has {names}, found {sorted(map(str, x))}')
        chosen.append(listed)
    left = [name for name, value in given.items() if not isinstance(value, (list, tuple)) or not any(s.name.startswith(name + ".") for s in specs)]
    if left:
        warnings.warn(f"the model has no {kind} called {', '.join(map(repr, left))}: ignored", stacklevel=5)
    return chosen


def _collected(given, name):
    before, _, place = name.rpartition(".")
    values = given.get(before)
    if place.isdigit() and isinstance(values, (list, tuple)) and int(place) < len(values):
        return values[int(place)]
    return None


def _only(x, spec):
    """`[x]` is x for a model with one input; a list of rows is an array."""
    if isinstance(x, (list, tuple)) and len(x) == 1 and not isinstance(x[0], (int, float, str, bytes)):
        first = x[0]
        if not isinstance(first, (list, tuple)) and np.ndim(first) >= len(spec.shape) - (spec.shape[-1:] == (1,)):
            return first
    return x


def arranged(x, specs, kind="input"):
    """One value for each input (or output), in the model's order, from an array, a list, a dictionary or a DataFrame."""
    if isinstance(x, dict):
        return _by_name(x, specs, kind)
    if is_frame(x) and (len(specs) > 1 or (specs[0].name in x.columns and len(x.columns) == 1)):
        return _by_name({name: x[name] for name in x.columns}, specs, kind)
    if len(specs) == 1:
        return [_only(x, specs[0])]
    if isinstance(x, (list, tuple)):
        flat = list(_flat(x, len(specs)))
        if len(flat) == len(specs):
            return flat
        raise UsageError(f"the model has {len(specs)} {kind}s, found a list of {len(x)}")
    names = ", ".join(f'"{spec.name}"' for spec in specs)
    raise UsageError(f"the model has {len(specs)} {kind}s, {names}: expected a list or a dictionary of arrays, found {type(x).__name__}")


def _flat(x, count):
    """The items; those of inner lists if the structure is nested."""
    if len(x) == count:
        yield from x
        return
    for part in x:
        if isinstance(part, (list, tuple)):
            yield from part
        else:
            yield part
