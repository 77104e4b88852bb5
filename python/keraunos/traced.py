"""Custom layers, functions, losses and metrics that a Python function describes by calls of keraunos.ops."""

import functools
import inspect
import json
import types
import typing

from . import ops
from .errors import UsageError
from .kernels import NumpyKernel, _keywords


def ops_function(function: "typing.Callable | None" = None, *, weights: "str | typing.Sequence[str]" = (), supports_masking: bool = False):
    """A function or class whose calls of keraunos.ops become operations of the model's device, for load_model(custom_objects=…) and replace=….
    Functions without weights need no ops_function: they can be given as they are.

        @keraunos.ops_function(weights=("kernel",))
        def scaled(x, *, kernel, factor):             # `factor` is a key of the layer's config
            return ops.matmul(x, kernel) * factor

    The function takes what the layer is called with, as Keras's `call`. Its keyword-only parameters are keys of the layer's config, or
    weights that `weights` names in the order in which the layer creates them; `**config` takes all other keys. It returns a tensor, or
    a list or dictionary of tensors. Of a class the method `call` is traced; `self` has the keys of the config and the weights as attributes, and
    what the class defines; `__init__` and `build` are not called. A loss or metric takes y_true and y_pred.
    `supports_masking`: the mask of the first input goes on, as in Keras.

    The function runs whenever the layer is lowered for new shapes, at loading and later, also on other threads: it must depend on its
    arguments alone. An exception that it raises ends the call, with a note that names the layer."""
    if function is None:
        return functools.partial(ops_function, weights=weights, supports_masking=supports_masking)
    return OpsFunction(function, weights, supports_masking, True)


class OpsFunction:
    """Made by ops_function(), or from a function of custom_objects."""

    def __init__(self, function, weights=(), supports_masking=False, is_decorated=False):
        is_class = isinstance(function, type)
        body = getattr(function, "call", None) if is_class else function
        if not callable(body):
            raise UsageError(f"ops_function takes a function, or a class with the method call; found {function!r}")
        functools.update_wrapper(self, function, updated=())
        self.__qualname__ = getattr(function, "__qualname__", type(function).__name__)
        self.function = function
        self.weights = [weights] if isinstance(weights, str) else list(weights)
        self.supports_masking = bool(supports_masking)
        self._is_class, self._is_decorated = is_class, is_decorated
        names, takes_all = _keywords(body)
        self._takes_all = takes_all or is_class
        missing = [name for name in self.weights if name not in names]
        if missing and not self._takes_all:
            raise UsageError(f"the function {self.__qualname__} has no keyword-only parameter for the weight {missing[0]!r}")
        self._keywords = [name for name in names if name not in self.weights]
        self.keys = set() if self._takes_all else set(self._keywords)

    def __call__(self, *arguments, **keywords):
        return self.function(*arguments, **keywords)

    def __reduce__(self):
        return self.__qualname__ if self._is_decorated else (OpsFunction, (self.function, self.weights, self.supports_masking))

    def __repr__(self):
        return f"<keraunos.ops_function {self.__qualname__}>"

    def _trace(self, trace, config, arguments, keywords, weights):
        """The symbols of the results. Called by the native part."""
        config = json.loads(config)
        weights = {name: ops.SymbolicTensor(symbol) for name, symbol in weights.items()}
        arguments = [ops._python_value(value) for value in arguments]
        keywords = {name: ops._python_value(value) for name, value in keywords.items()}
        with ops.traced_in(trace):
            if self._is_class:
                layer = object.__new__(self.function)
                vars(layer).update({**config, **weights})
                results = layer.call(*arguments, **keywords)
            else:
                named = {key: value for key, value in config.items() if self._takes_all or key in self._keywords}
                results = self.function(*arguments, **{**named, **weights, **keywords})
            return [self._symbol(result) for result in _flat(results)]

    def _symbol(self, result):
        if not isinstance(result, ops.SymbolicTensor):
            raise UsageError(f"the function {self.__qualname__} returned {type(result).__name__}; expected tensors that functions of keraunos.ops made")
        return result._symbol


def _flat(results):
    if isinstance(results, dict):
        results = [results[key] for key in sorted(results)]  # as Keras flattens it
    if isinstance(results, (list, tuple)):
        return [tensor for part in results for tensor in _flat(part)]
    return [results]


def given(objects, foreign):
    """`objects` with an OpsFunction in place of each plain function and each class with a `call`. Those of `foreign` packages stay."""
    return {name: OpsFunction(item) if _is_plain(item, foreign) else item for name, item in objects.items()}


def _is_plain(item, foreign):
    if isinstance(item, types.FunctionType):
        return _package(item) not in foreign
    is_class = isinstance(item, type) and inspect.isfunction(getattr(item, "call", None))
    return is_class and not any(_package(base) in foreign for base in item.__mro__)


def _package(item):
    return str(getattr(item, "__module__", "")).split(".")[0]


def roles(custom_objects, replace):
    """The functions of load_model's arguments, as the native part takes them."""
    found = [("layer", name, function) for name, function in replace.items() if isinstance(function, OpsFunction)]
    for name, function in custom_objects.items():
        if isinstance(function, OpsFunction):
            found.append(("class", name, function))
            if not function.weights:
                found += [("function", name, function), ("comparison", name, function)]
    return found


OWN = (str, NumpyKernel, OpsFunction)  # what load_model() takes as it is
