"""The functions of keras.ops, for functions that say what a layer computes:

    from keraunos import ops

    def scaled(x, *, factor):                      # `factor` is a key of the layer's config
        return ops.relu(x) * factor

    model = keraunos.load_model("model.keras", custom_objects={"Scaled": scaled})

The function runs when the library lowers the layer for given shapes; its tensors are symbolic, and each call here becomes an operation of
the model's device. Names, arguments and rules for dtypes are those of keras.ops (Keras 3.15); dir(keraunos.ops) lists them."""

import contextlib
import contextvars
import difflib

import numpy as np

from . import _native
from .errors import UsageError

_trace = contextvars.ContextVar("keraunos_trace", default=None)
_KERAS_DTYPES = {bool: "bool", int: "int64", float: "float32"}  # of Python's types; NumPy's float is float64
_MODULES = ("image", "linalg", "math", "nn", "numpy")


@contextlib.contextmanager
def traced_in(trace):
    """Calls inside `with` belong to this run of a function."""
    before = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(before)


def _current(name):
    trace = _trace.get()
    if trace is None:
        raise UsageError(f"keraunos.ops.{name} can be called only in a function that load_model() got as custom_objects or replace")
    return trace


def _call(name, *arguments, **keywords):
    trace = _current(name)
    keywords = {key: _native_value(value, trace) for key, value in keywords.items()}
    return _python_value(trace.call("ops." + name, [_native_value(value, trace) for value in arguments], keywords))


def _native_value(value, trace):
    """What the native part takes: tensors, numbers, texts, lists, slices."""
    if isinstance(value, SymbolicTensor):
        return value._symbol
    if isinstance(value, (np.ndarray, np.generic)):
        return trace.constant(_contiguous(np.asarray(value)))
    if isinstance(value, (list, tuple)):
        return [_native_value(item, trace) for item in value]
    if isinstance(value, dict):
        return {key: _native_value(item, trace) for key, item in value.items()}
    if isinstance(value, slice):
        return slice(*(_native_value(part, trace) for part in (value.start, value.stop, value.step)))
    if isinstance(value, (np.dtype, type)):
        return _KERAS_DTYPES.get(value) or np.dtype(value).name
    return value


def _python_value(value):
    if isinstance(value, _native.Symbol):
        return SymbolicTensor(value)
    return [_python_value(item) for item in value] if isinstance(value, list) else value


def _contiguous(array):
    if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        raise UsageError(f"an array of the dtype {array.dtype} cannot be a tensor; expected numbers or booleans")
    return np.require(array, array.dtype.newbyteorder("="), "C")


class SymbolicTensor:
    """A tensor of a function while it is lowered: its shape and dtype are known, its values are not."""

    __slots__ = ("_symbol",)
    __array_ufunc__ = None  # NumPy's operators leave the work to those of this class
    __hash__ = object.__hash__

    def __init__(self, symbol):
        self._symbol = symbol

    @property
    def shape(self):
        return self._symbol.shape

    @property
    def dtype(self):
        return self._symbol.dtype

    @property
    def ndim(self):
        return len(self.shape)

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a tensor without axes")
        return self.shape[0]

    def __getitem__(self, key):
        return _call("get_item", self, key)

    def __repr__(self):
        return f"<keraunos.ops.SymbolicTensor shape={self.shape}, dtype={self.dtype}>"

    __iter__ = None


def _operator(name, swapped=False):
    of_booleans = name.startswith("logical_")

    def operator(self, *others):
        if of_booleans and self.dtype != "bool":
            raise UsageError(f"an operator computes ops.{name} of a {self.dtype} tensor in Keras and bits in TensorFlow: call ops.{name} or ops.bitwise_…")
        return _call(name, *others, self) if swapped else _call(name, self, *others)

    return operator


# As the operators of Keras's KerasTensor.
for _sign, _name in {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide", "mod": "mod",
                     "pow": "power", "matmul": "matmul", "and": "logical_and", "or": "logical_or", "xor": "logical_xor"}.items():
    setattr(SymbolicTensor, f"__{_sign}__", _operator(_name))
    setattr(SymbolicTensor, f"__r{_sign}__", _operator(_name, True))
for _sign, _name in {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
                     "neg": "negative", "invert": "logical_not", "abs": "absolute"}.items():
    setattr(SymbolicTensor, f"__{_sign}__", _operator(_name))


def _no_value(what):
    def refuse(self, *_, **__):
        raise TypeError(f"{what} is not known while the model is lowered: {self!r} has no values; use functions of keraunos.ops")

    return refuse


for _method, _what in {"bool": "the truth of a tensor", "int": "the value of a tensor", "float": "the value of a tensor",
                       "index": "the value of a tensor", "array": "the array of a tensor"}.items():
    setattr(SymbolicTensor, f"__{_method}__", _no_value(_what))


def shape(x):
    """The shape as a tuple of numbers."""
    return tuple(x.shape)


def is_tensor(x):
    return isinstance(x, SymbolicTensor)


def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    if sparse or ragged:
        raise UsageError("convert_to_tensor() makes dense tensors only")
    if not isinstance(x, SymbolicTensor):
        array = np.asarray(x)
        if not isinstance(x, (np.ndarray, np.generic)):  # Keras: float32 and int32 for numbers of Python
            array = array.astype({"f": "float32", "i": "int32"}.get(array.dtype.kind, array.dtype))
        x = SymbolicTensor(_current("convert_to_tensor").constant(_contiguous(array)))
    return x if dtype is None or np.dtype(dtype).name == x.dtype else _call("cast", x, dtype)


def zeros(shape, dtype="float32"):
    return convert_to_tensor(np.zeros(shape, dtype))


def ones(shape, dtype="float32"):
    return convert_to_tensor(np.ones(shape, dtype))


def eye(N, M=None, k=0, dtype="float32"):
    return convert_to_tensor(np.eye(N, M, k, dtype))


_OWN = {name: globals()[name] for name in ("convert_to_tensor", "eye", "is_tensor", "ones", "shape", "zeros")}


class _Module:
    """keras.ops.nn and its siblings, which have the same functions."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, name):
        return _found(name, self._name)

    def __dir__(self):
        return _names()


def _names():
    return sorted({*_native.ops_functions(), *_OWN})


def _found(name, module):
    if name in _OWN:
        return _OWN[name]
    if name.startswith("__") or name not in (names := _names()):
        near = [] if name.startswith("__") else difflib.get_close_matches(name, names)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ", or it cannot be computed here; dir(keraunos.ops) lists what there is"
        raise AttributeError(f"{module} has no function {name!r}{hint}")

    def function(*arguments, **keywords):
        return _call(name, *arguments, **keywords)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"As keras.ops.{name}."
    return function


def __getattr__(name):
    return _Module("keraunos.ops." + name) if name in _MODULES else _found(name, "keraunos.ops")


def __dir__():
    return sorted({*_names(), *_MODULES, "SymbolicTensor"})
