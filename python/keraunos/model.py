"""A loaded model, with the names, arguments and results of Keras's Model."""

import html
import json
import math
import os
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import _native, fork
from .arrays import Tensor
from .errors import UnsupportedError, UsageError
from .inputs import arranged, is_batches, prepared, rows_of
from .layer import Layer, weights_of
from .progress import Progress
from .rows import as_input, cut, is_stateful, iterated, joined, mapped, stacked, weight
from .specs import TensorSpec, pack, structure_of, structure_of_signature

_KERAS_BATCH = 32


def _refuse(given, allowed, name):
    if not any(given is value or (isinstance(value, str) and given == value) for value in allowed):
        shown = repr(given) if isinstance(given, (str, int, float, bool, type(None))) else type(given).__name__
        raise UnsupportedError(f"{name}={shown} is not supported; expected {' or '.join(map(repr, allowed))}")


def _check_verbose(verbose):
    if verbose != "auto" and verbose not in (0, 1, 2):
        raise UsageError(f'verbose={verbose!r} is not known; expected "auto", 0, 1 or 2')


def _count(value, name, least=1):
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise UsageError(f"{name}={value!r} must be a whole number of at least {least}")
    return int(value)


def _warn(sentences):
    for sentence in sentences:
        warnings.warn(sentence, stacklevel=3)


class Model:
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
        self._states = _native.States(native) if is_stateful(self._config) else None
        self._rank = self._rank_of_arrays()

    # Description

    @property
    def name(self) -> str:
        return self._native.name

    @property
    def device(self) -> str:
        return self._native.device

    @property
    def inputs(self) -> "list[TensorSpec]":
        return list(self._inputs)

    @property
    def outputs(self) -> "list[TensorSpec]":
        return list(self._outputs)

    @property
    def input_names(self) -> "list[str]":
        return [spec.input_layer or spec.name for spec in self._inputs]

    @property
    def output_names(self) -> "list[str]":
        return [spec.name for spec in self._outputs]

    @property
    def input_shape(self):
        shapes = [spec.shape for spec in self._inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self):
        shapes = [spec.shape for spec in self._outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def layers(self) -> "list[Layer]":
        return [Layer(layer, self) for layer in self._native.layers()]

    def get_layer(self, name: "str | None" = None, index: "int | None" = None) -> Layer:
        """By name, by a path into nested models ("encoder/dense_1"), or by position."""
        if name is not None and index is not None:
            raise UsageError(f"Provide only a layer name or a layer index. Received: index={index}, name={name}.")
        if name is None and index is None:
            raise UsageError("Provide either a layer name or layer index at `get_layer`.")
        return Layer(self._native.get_layer(name if index is None else index), self)

    @property
    def weights(self):
        """Copies of all weights, in Keras's order."""
        return weights_of(self._native, "")

    variables = weights

    def get_weights(self) -> "list[np.ndarray]":
        return [weight.numpy() for weight in self.weights]

    def count_params(self) -> int:
        return sum(layer.count_params() for layer in self.layers)

    def get_config(self) -> dict:
        return json.loads(json.dumps(self._config))

    def load_weights(self, filepath, skip_mismatch=False, by_name=False, **kwargs):
        """Reads the weights of another file into this model: a `.weights.h5` or `.weights.json`, a whole model, or a TensorFlow checkpoint's
        prefix.
        Layers that `skip_mismatch` or `by_name` (of legacy HDF5 files) pass over keep their weights."""
        if kwargs:
            raise TypeError(f"load_weights() got unexpected arguments: {', '.join(sorted(kwargs))}")
        path = os.path.abspath(os.fspath(filepath))
        native, sentences = self._native.load_weights(path, bool(by_name), bool(skip_mismatch))
        _warn(sentences)
        self._use(native)
        if by_name or skip_mismatch:
            self._changed = "load_weights()"
            return
        self._changed = None
        source, custom_objects, options = self._origin
        self._origin = (source, custom_objects, {**options, "weights": path})

    def set_weights(self, weights):
        """Replaces the values of all weights; `weights` is a list of arrays in the order of `Model.weights`."""
        self._replace_weights("", weights)

    def _replace_weights(self, layer, weights):
        arrays = [("", np.ascontiguousarray(np.asarray(value)).reshape(np.shape(value))) for value in weights]
        fork.enter()
        self._use(self._native.set_weights(layer, arrays))
        self._changed = "set_weights()"

    def _use(self, native):
        self._native = native
        if self._states is not None:
            self._states = _native.States(native)

    def optimizer_variables(self) -> "dict[str, np.ndarray]":
        """The saved variables of the optimizer in its order, under their names in the file."""
        return dict(self._native.optimizer_variables())

    def save(self, filepath, overwrite=True, zipped=None, quantize=None, **kwargs):
        """Writes a `.keras` file that Keras 3 loads, whatever format and Keras version the model was read from. `quantize`: "int8" or "int4", as Keras's
        `Model.quantize()` rounds weights."""
        if kwargs:
            raise TypeError(f"save() got unexpected arguments: {', '.join(sorted(kwargs))}")
        _refuse(zipped, (None, True), "zipped")
        if not overwrite and os.path.exists(filepath):
            raise UsageError(f"the file {os.fspath(filepath)} exists; give another name, or overwrite=True")
        _refuse(quantize, (None, "int8", "int4"), "quantize")
        _warn(self._native.save(os.fspath(filepath), quantize or ""))

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False, layer_range=None):
        """Prints Keras's table, or passes it to `print_fn`."""
        _refuse(positions, (None,), "positions")
        _refuse(expand_nested, (False,), "expand_nested")
        _refuse(show_trainable, (False,), "show_trainable")
        _refuse(layer_range, (None,), "layer_range")
        text = self._native.summary(80 if line_length is None else _count(line_length, "line_length"))
        (print_fn or print)(text)

    # Computation

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """As Keras's predict(). `x`: an array, a list or a dictionary of arrays, a DataFrame, or an object that yields batches."""
        if callbacks:
            raise UnsupportedError("callbacks are not supported by predict(); iterate over predict_stream() instead")
        if verbose == 0 and self._rank is not None and batch_size is None and steps is None:
            fork.enter()
            answer = self._native.predict_array(x, self._rank, np.ndarray, True)
            if answer is not None:
                return answer
        _check_verbose(verbose)
        batch_size, steps = _count(batch_size or None, "batch_size"), _count(steps, "steps")
        if is_batches(x):
            if batch_size is not None:
                raise UsageError("batch_size must not be given where x is an iterator of batches")
            return self._predict_batches(x, steps, verbose)
        values = self._prepared(x, floatx=True)
        if steps is not None:  # Keras: that many batches of the given size, or all rows in that many batches
            batch_size = batch_size or math.ceil(rows_of(values[0]) / steps)
            values = [cut(value, 0, steps * batch_size) for value in values]
        return self._run(values, batch_size or 0, verbose)

    @property
    def stateful(self) -> bool:
        return self._states is not None

    def reset_states(self) -> None:
        """Sets the states of stateful layers to zeros. Otherwise they continue from call to call, as in Keras."""
        if self._states is not None:
            fork.enter()
            self._states.reset()

    def predict_on_batch(self, x):
        """All rows as one batch, without a progress bar."""
        if self._rank is not None:
            fork.enter()
            answer = self._native.predict_array(x, self._rank, np.ndarray, False)
            if answer is not None:
                return answer
        return self._one_batch(x)

    def __call__(self, inputs, training=None, mask=None):
        """As predict_on_batch(); the results also have `.numpy()`."""
        if self._rank is not None and (training is None or training is False) and mask is None:
            fork.enter()
            answer = self._native.predict_array(inputs, self._rank, Tensor, False)
            if answer is not None:
                return answer
        _refuse(training, (None, False), "training")
        _refuse(mask, (None,), "mask")
        return mapped(self._one_batch(inputs), lambda array: array.view(Tensor))

    call = __call__

    def predict_stream(self, batches, prefetch: int = 2):
        """Yields the predictions of one batch after another, in order. At most `prefetch` batches are read ahead, by the
        caller's thread, while another one is computed."""
        ahead = _count(prefetch, "prefetch", 0)
        if ahead == 0:
            yield from map(self._batch_of_stream, batches)
            return
        waiting = deque()
        pool = ThreadPoolExecutor(1, thread_name_prefix="keraunos")
        try:
            for batch in batches:
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
                waiting.append(pool.submit(self._batch_of_stream, batch))
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def predict_columns(self, columns: dict, batch_size: "int | None" = None) -> "dict[str, np.ndarray]":
        """A dictionary of columns to a dictionary of columns, as Ray and Spark pass them: inputs and outputs by name."""
        x = {name: stacked(column) for name, column in columns.items()}
        if len(self._inputs) == 1 and len(x) == 1:
            x = {self._inputs[0].name: next(iter(x.values()))}
        values = [prepared(value, spec, True) for value, spec in zip(arranged(x, self._inputs), self._inputs)]
        return dict(self._results(values, _count(batch_size, "batch_size") or 0, None))

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None, return_dict=False):
        """The loss and the metrics that the model was compiled with, as Keras's evaluate()."""
        if callbacks:
            raise UnsupportedError("callbacks are not supported by evaluate()")
        _refuse(steps, (None,), "steps")
        _check_verbose(verbose)
        if x is None or y is None or is_batches(x):
            raise UnsupportedError("evaluate() needs the arrays x and y")
        batch = _count(batch_size, "batch_size") or _KERAS_BATCH
        progress = Progress(0, verbose)
        inputs = self._named(self._prepared(x, floatx=True), self._inputs)
        fork.enter()
        scores = self._native.evaluate(inputs, self._targets(y, "target"), self._sample_weight(sample_weight), batch)
        scores = [(name, score.item() if score.ndim == 0 else score) for name, score in scores]
        rows = rows_of(inputs[0][1])
        progress.finish({name: score for name, score in sorted(scores) if isinstance(score, float)}, steps=math.ceil(rows / batch))
        if return_dict:
            return dict(sorted(scores))
        values = [score for _, score in scores]
        return values[0] if len(values) == 1 else values

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

    # Helpers

    def _rank_of_arrays(self):
        """The rank of the input if calls with one array can use the native fast path (one input and one output, both of numbers); otherwise None."""
        one = len(self._inputs) == 1 and len(self._outputs) == 1 and self._output_structure is None and self._states is None
        plain = one and self._inputs[0].dtype != "string" and self._outputs[0].dtype not in ("string", "bfloat16")
        return len(self._inputs[0].shape) if plain else None

    def _prepared(self, x, floatx):
        return [prepared(value, spec, floatx) for value, spec in zip(arranged(x, self._inputs), self._inputs)]

    def _named(self, values, specs):
        return [(spec.name, value) for spec, value in zip(specs, values)]

    def _results(self, values, batch_size, progress):
        fork.enter()
        named = self._named(values, self._inputs)
        return self._native.predict(named, batch_size, progress) if self._states is None else self._go_on(named, batch_size, progress)

    def _results_of_one_batch(self, values):
        return self._results(values, -1 if self._states is None else max(1, rows_of(values[0])), None)

    def _go_on(self, named, batch_size, progress):
        """Computes batch after batch, with continuing states."""
        fixed = self._inputs[0].shape[0]
        if batch_size and fixed and batch_size != fixed:
            raise UsageError(f"the model is stateful and takes batches of {fixed} rows, found {batch_size}")
        rows = rows_of(named[0][1])
        size = fixed or batch_size or _KERAS_BATCH
        if rows == 0 or rows % size and fixed:
            raise UsageError(f"the model is stateful and takes whole batches of {size} rows, found {rows} rows")
        parts = []
        for begin in range(0, rows, size):
            batch = [(spec.name, as_input(cut(value, begin, begin + size), spec)) for (_, value), spec in zip(named, self._inputs)]
            parts.append(self._states.run(batch))
            if progress is not None:
                progress(min(begin + size, rows), rows)
        return [(name, np.concatenate([part[i][1] for part in parts])) for i, (name, _) in enumerate(parts[0])]

    def _run(self, values, batch_size, verbose):
        if verbose == 0:
            return pack(self._output_structure, self._results(values, batch_size, None))
        of_keras = batch_size or _KERAS_BATCH
        progress = Progress(math.ceil(rows_of(values[0]) / of_keras), verbose)
        results = self._results(values, batch_size, lambda done, total: progress.update(math.ceil(done / of_keras)))
        progress.finish()
        return pack(self._output_structure, results)

    def _one_batch(self, x):
        values = self._prepared(x, floatx=False)
        return pack(self._output_structure, self._results_of_one_batch(values))

    def _batch_of_stream(self, batch):
        values = self._prepared(batch[0] if isinstance(batch, tuple) else batch, floatx=True)
        return pack(self._output_structure, self._results_of_one_batch(values))

    def _predict_batches(self, batches, steps, verbose):
        count = steps if steps is not None else (len(batches) if hasattr(batches, "__len__") else None)
        progress = Progress(count, verbose)
        parts, done = [], 0
        for batch in iterated(batches, count):
            parts.append(self._batch_of_stream(batch))
            done += 1
            progress.update(done)
        if not parts:
            raise UsageError("x returned no batch")
        progress.finish(steps=done)
        return joined(parts)

    def _targets(self, y, kind):
        specs = self._outputs
        return [(spec.name, prepared(value, spec, True)) for value, spec in zip(arranged(y, specs, kind), specs)]

    def _sample_weight(self, weights):
        if weights is None:
            return []
        if isinstance(weights, dict):
            unknown = set(weights) - {spec.name for spec in self._outputs}
            if unknown:
                raise UsageError(f"sample_weight has {sorted(unknown)}, which are not outputs; the outputs are {self.output_names}")
            return [(name, weight(value)) for name, value in weights.items()]
        if isinstance(weights, (list, tuple)) and len(self._outputs) > 1:
            return [(spec.name, weight(value)) for value, spec in zip(arranged(weights, self._outputs, "sample weight"), self._outputs)]
        return [("", weight(weights))]

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

    def __repr__(self):
        return f"<{self.class_name} name={self.name}, device={self.device}>"

    def _repr_html_(self):
        cell = lambda text: f"<td>{html.escape(str(text))}</td>"
        rows = "".join(
            "<tr>" + cell(layer.name) + cell(layer.class_name) + cell(", ".join(f"{w.name} {w.shape}" for w in layer._own_specs()))
            + f'<td style="text-align:right">{layer.count_params():,}</td></tr>'
            for layer in self.layers
        )
        head = "".join(f"<th>{text}</th>" for text in ("layer", "class", "weights", "parameters"))
        caption = html.escape(f"{self.class_name} {self.name}: {self.count_params():,} parameters, on {self.device}")
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _again(origin, taps):
    from .loading import load_model

    path, custom_objects, options = origin
    model = load_model(path, custom_objects, **options)
    return model.with_outputs(taps) if taps else model
