"""Custom layers and functions that NumPy computes. They run in the interpreter, one at a time, on the CPU: slowly."""

import functools
import inspect
import itertools
import json
import typing

import numpy as np

from .errors import UsageError

_DTYPES = ("float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool")
_numbers = itertools.count()


def numpy_kernel(
    function: "typing.Callable | None" = None,
    *,
    shape: "tuple | list | typing.Callable | None" = None,
    dtype: "str | list[str] | None" = None,
    weights: "str | typing.Sequence[str]" = (),
    rows_independent: bool = False,
    supports_masking: bool = False,
):
    """Makes a function of NumPy arrays a layer or an activation for load_model(custom_objects=…) and replace=….

        @keraunos.numpy_kernel(shape=lambda x, *, k: x[:-1] + (k,), rows_independent=True)
        def largest(x, *, k):                     # k is a key of the layer's config
            return np.sort(x, axis=-1)[..., -k:]

    The function takes the layer's inputs by position. Its keyword-only parameters are keys of the layer's config, or weights that
    `weights` names in the order in which the layer creates them; `**config` takes all other keys.
    `shape`: of the result; by default that of the first input. A tuple, in which None stands for the rows of the first input, or a
    function of the inputs' shapes, which may take keys of the config by keyword. A list of tuples stands for several results.
    `dtype`: of the result, or a list; by default that of the first input.
    `rows_independent`: row i of the results depends on row i of the inputs alone, so a batch may be cut anywhere; otherwise it is
    cut as Keras's predict() cuts it. `supports_masking`: the mask of the first input goes on, as in Keras.

    Arrays that the function gets are copies, which it may keep and change. The function may run on several threads, one at a time.
    An exception that it raises ends the call, with a note that names the layer. Strings come as arrays of bytes; they cannot be
    returned. bfloat16 comes and goes as float32."""
    if function is None:
        return functools.partial(numpy_kernel, shape=shape, dtype=dtype, weights=weights, rows_independent=rows_independent, supports_masking=supports_masking)
    return NumpyKernel(function, shape, dtype, weights, rows_independent, supports_masking)


class NumpyKernel:
    """Made by numpy_kernel(). Calling it calls the function; it is pickled by its name, as functions are."""

    def __init__(self, function, shape, dtype, weights, rows_independent, supports_masking):
        if not callable(function):
            raise UsageError(f"numpy_kernel takes a function, found {type(function).__name__}")
        functools.update_wrapper(self, function)
        self.__qualname__ = getattr(function, "__qualname__", type(function).__name__)
        self.function = function
        self.number = next(_numbers)
        self.weights = [weights] if isinstance(weights, str) else list(weights)
        self.rows_independent = bool(rows_independent)
        self.supports_masking = bool(supports_masking)
        self._shape = shape
        self._dtype = dtype
        names, self._takes_all = _keywords(function)
        missing = [name for name in self.weights if name not in names]
        if missing:
            raise UsageError(f"the function {self.__qualname__} has no keyword-only parameter for the weight {missing[0]!r}")
        self._keywords = [name for name in names if name not in self.weights]
        self.keys = set() if self._takes_all else set(self._keywords)

    def __call__(self, *arguments, **keywords):
        return self.function(*arguments, **keywords)

    def __reduce__(self):
        return self.__qualname__

    def __repr__(self):
        return f"<keraunos.numpy_kernel {self.__qualname__}>"

    def _types(self, config, inputs):
        """Pairs (shape, dtype) of the results. Called by the native part; `inputs` are pairs too, those of weights last."""
        config = json.loads(config)
        inputs = inputs[: len(inputs) - len(self.weights)]
        shapes = _several(self._shapes(config, [shape for shape, _ in inputs]))
        dtypes = self._dtype if isinstance(self._dtype, (list, tuple)) else [self._dtype] * len(shapes)
        if len(dtypes) != len(shapes):
            raise UsageError(f"the NumPy kernel {self.__qualname__} says {len(shapes)} shapes and {len(dtypes)} dtypes")
        rows = inputs[0][0][0] if inputs and inputs[0][0] else None
        return [(self._sizes(shape, rows), self._name_of(dtype, inputs)) for shape, dtype in zip(shapes, dtypes)]

    def _shapes(self, config, shapes):
        if self._shape is None:
            return shapes[0]
        if not callable(self._shape):
            return self._shape
        names, takes_all = _keywords(self._shape)
        return self._shape(*shapes, **{key: value for key, value in config.items() if takes_all or key in names})

    def _sizes(self, shape, rows):
        sizes = tuple(rows if size is None and axis == 0 else size for axis, size in enumerate(shape))
        if not all(isinstance(size, (int, np.integer)) and size >= 0 for size in sizes):
            raise UsageError(f"the NumPy kernel {self.__qualname__} says the shape {shape}; expected whole numbers, and None for the rows alone")
        return tuple(int(size) for size in sizes)

    def _name_of(self, dtype, inputs):
        name = inputs[0][1] if dtype is None else dtype if dtype == "bfloat16" else np.dtype(dtype).name
        if name not in _DTYPES:
            raise UsageError(f"the NumPy kernel {self.__qualname__} says the dtype {name}; expected one of {', '.join(_DTYPES)}")
        return name

    def _run(self, config, arrays, types):
        """Contiguous arrays of these types. Called by the native part."""
        config = json.loads(config)
        count = len(arrays) - len(self.weights)
        keywords = {key: value for key, value in config.items() if self._takes_all or key in self._keywords}
        keywords.update(zip(self.weights, arrays[count:]))
        results = self.function(*arrays[:count], **keywords)
        results = list(results) if isinstance(results, (list, tuple)) else [results]
        if len(results) != len(types):
            raise UsageError(f"the NumPy kernel {self.__qualname__} returned {len(results)} arrays, but its shape= says {len(types)}")
        return [self._checked(result, *expected) for result, expected in zip(results, types)]

    def _checked(self, result, shape, dtype):
        array = np.asarray(result)
        wanted = np.dtype("float32" if dtype == "bfloat16" else dtype)
        if array.shape != shape:
            raise UsageError(f"the NumPy kernel {self.__qualname__} returned the shape {array.shape}, but its shape= says {shape}")
        if not np.can_cast(array.dtype, wanted, "same_kind"):
            raise UsageError(f"the NumPy kernel {self.__qualname__} returned {array.dtype}, but its dtype= says {dtype}")
        return np.require(array, wanted, "C")


def _keywords(function):
    """Names of keyword-only parameters, and whether there is a `**` parameter."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY], any(p.kind is p.VAR_KEYWORD for p in parameters)


def _several(shape):
    """`shape` as a list of shapes: a list of tuples stands for several results."""
    return list(shape) if shape and all(isinstance(part, (list, tuple)) for part in shape) else [shape]


def roles(custom_objects, replace):
    """The kernels of load_model's arguments, as the native part takes them."""
    found = [("layer", name, kernel) for name, kernel in replace.items() if isinstance(kernel, NumpyKernel)]
    for name, kernel in custom_objects.items():
        if isinstance(kernel, NumpyKernel):
            found.append(("class", name, kernel))
            if not kernel.weights:
                found.append(("function", name, kernel))
    return found
