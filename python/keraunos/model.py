"""A loaded model, with the names, arguments and results of Keras's Model."""

import json
import math
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import _native, fork
from .arguments import check_verbose, count, refuse, turns
from .arrays import Tensor, on_device
from .described import Described
from .device import OnDevice
from .errors import UnsupportedError, UsageError
from .evaluation import Evaluated
from .inputs import arranged, is_batches, prepared, rows_of
from .not_here import NotHere
from .rows import cut, mapped, stacked
from .running import Running
from .specs import TensorSpec, structure_of, structure_of_signature


class Model(Described, Evaluated, OnDevice, Running, NotHere):
    """Made by load_model(). Any number of threads may call it; it is pickled as its path and load options."""

    def __init__(self, native, origin, taps=()):
        self._native = native
        self._origin = origin
        self._changed = None  # the method that replaced weights; None: all weights are those of the file
        self._taps = tuple(taps)  # names of layers passed to with_outputs()
        class_name, text = native.saved_config()
        self.class_name = class_name
        self._config = json.loads(text)
        self._inputs = [TensorSpec(*spec) for spec in native.inputs]
        self._outputs = [TensorSpec(*spec) for spec in native.outputs]
        config = {} if taps else self._config
        is_function = list(config) == ["signature"]
        self._output_structure = structure_of_signature(self._outputs) if is_function else structure_of(config, "output_layers", len(self._outputs))
        self._states = _native.States(native) if native.stateful else None
        self._rank = self._rank_of_arrays()

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None, *, max_turns: "int | None" = None):
        """As Keras's predict(). `x`: an array, a list or a dictionary of arrays, a DataFrame, or an object that yields batches.
        `max_turns`: the most turns of one loop whose end depends on data (100,000 by default); DataError where it is to go on."""
        if callbacks:
            raise UnsupportedError("callbacks are not supported by predict(); iterate over predict_stream() instead")
        if verbose == 0 and self._rank is not None and batch_size is None and steps is None and max_turns is None:
            fork.enter()
            answer = self._native.predict_array(x, self._rank, np.ndarray, True)
            if answer is not None:
                return answer
        check_verbose(verbose)
        batch_size, steps, max_turns = count(batch_size or None, "batch_size"), count(steps, "steps"), turns(max_turns)
        if is_batches(x):
            if batch_size is not None:
                raise UsageError("batch_size must not be given where x is an iterator of batches")
            return self._predict_batches(x, steps, verbose, max_turns)
        values = self._prepared(x, floatx=True)
        if steps is not None and any(map(on_device, values)):
            raise UnsupportedError("steps is not supported for arrays of a device; pass batch_size and the rows that are to be computed")
        if steps is not None:  # Keras: that many batches of the given size, or all rows in that many batches
            batch_size = batch_size or math.ceil(rows_of(values[0]) / steps)
            values = [cut(value, 0, steps * batch_size) for value in values]
        return self._run(values, batch_size or 0, verbose, max_turns)

    def predict_generator(self, generator, steps=None, callbacks=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0):
        """Keras 2's name of predict() for objects that yield batches, which are made in the caller's thread."""
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    @property
    def stateful(self) -> bool:
        return self._states is not None

    def reset_states(self) -> None:
        """Sets the states of stateful layers to zeros. Otherwise they continue from call to call, as in Keras."""
        if self._states is not None:
            fork.enter()
            self._states.reset()

    def predict_on_batch(self, x, *, max_turns: "int | None" = None):
        """All rows as one batch, without a progress bar."""
        if self._rank is not None and max_turns is None:
            fork.enter()
            answer = self._native.predict_array(x, self._rank, np.ndarray, False)
            if answer is not None:
                return answer
        return self._one_batch(x, turns(max_turns))

    def __call__(self, inputs, training=None, mask=None, *, max_turns: "int | None" = None):
        """As predict_on_batch(); the results also have `.numpy()`."""
        if self._rank is not None and (training is None or training is False) and mask is None and max_turns is None:
            fork.enter()
            answer = self._native.predict_array(inputs, self._rank, Tensor, False)
            if answer is not None:
                return answer
        refuse(training, (None, False), "training")
        refuse(mask, (None,), "mask")
        return mapped(self._one_batch(inputs, turns(max_turns)), lambda array: array.view(Tensor))

    call = __call__

    def predict_stream(self, batches, prefetch: int = 2, *, max_turns: "int | None" = None):
        """Yields the predictions of one batch after another, in order. At most `prefetch` batches are read ahead, by the
        caller's thread, while another one is computed."""
        ahead, max_turns = count(prefetch, "prefetch", 0), turns(max_turns)
        if ahead == 0:
            yield from (self._batch_of_stream(batch, max_turns) for batch in batches)
            return
        waiting = deque()
        pool = ThreadPoolExecutor(1, thread_name_prefix="keraunos")
        try:
            for batch in batches:
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
                waiting.append(pool.submit(self._batch_of_stream, batch, max_turns))
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def predict_columns(self, columns: dict, batch_size: "int | None" = None, *, max_turns: "int | None" = None) -> "dict[str, np.ndarray]":
        """A dictionary of columns to a dictionary of columns, as Ray and Spark pass them: inputs and outputs by name."""
        x = {name: stacked(column) for name, column in columns.items()}
        if len(self._inputs) == 1 and len(x) == 1:
            x = {self._inputs[0].name: next(iter(x.values()))}
        values = [prepared(value, spec, True) for value, spec in zip(arranged(x, self._inputs), self._inputs)]
        return dict(self._results(values, count(batch_size, "batch_size") or 0, None, turns(max_turns)))
    def with_outputs(self, layers: "str | list[str]") -> "Model":
        """The same weights, with the outputs of the named layers as outputs."""
        names = [layers] if isinstance(layers, str) else list(layers)
        made = Model(self._native.with_outputs(names), self._origin, names)
        made._changed = self._changed
        return made

    def plan(self, *shapes: tuple) -> str:
        """The plan for inputs of these shapes, as text."""
        fork.enter()
        return self._native.plan([list(shape) for shape in shapes])

    def memory(self) -> "dict[str, int]":
        """Bytes that the model holds: {"host": …, "device": …, "scratch": …}."""
        return self._native.memory()

    def trim(self) -> None:
        """Frees what no running call uses; the next call of each shape plans anew."""
        self._native.trim()
    def __reduce__(self):
        if self._changed:
            raise UnsupportedError(
                f"a model is pickled as its file and options, which do not say what {self._changed} changed; save() it and load that file"
            )
        return _again, (self._origin, self._taps)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


def _again(origin, taps):
    from .loading import bound

    source, custom_objects, options = origin
    model = bound(source, custom_objects, **options)
    return model.with_outputs(taps) if taps else model
