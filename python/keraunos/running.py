"""How a model's batches are computed: whole, in Keras's pieces, as a stream, or with continuing states."""

import math

import numpy as np

from . import fork
from .arguments import KERAS_BATCH
from .arrays import on_device
from .errors import UnsupportedError, UsageError
from .inputs import arranged, prepared, rows_of
from .progress import Progress
from .rows import as_input, cut, iterated, joined
from .specs import pack


class Running:
    """A base of Model, which sets the attributes that are used here."""

    def _rank_of_arrays(self):
        """The rank of the input if calls with one array can use the native fast path (one input and one output, both of numbers); otherwise None."""
        one = len(self._inputs) == 1 and len(self._outputs) == 1 and self._output_structure is None and self._states is None
        plain = one and self._inputs[0].dtype != "string" and self._outputs[0].dtype not in ("string", "bfloat16")
        return len(self._inputs[0].shape) if plain else None

    def _prepared(self, x, floatx):
        """Values of the CPU as the native part reads them; arrays of a device as they are."""
        values = zip(arranged(x, self._inputs), self._inputs)
        return [value if on_device(value) else prepared(value, spec, floatx) for value, spec in values]

    def _named(self, values, specs):
        return [(spec.name, value) for spec, value in zip(specs, values)]

    def _results(self, values, batch_size, progress, max_turns):
        fork.enter()
        if any(map(on_device, values)):
            return [(name, array.numpy()) for name, array in self._device_results(values, batch_size, progress, max_turns)]
        named = self._named(values, self._inputs)
        if self._states is None:
            return self._native.predict(named, batch_size, progress, max_turns)
        if max_turns is not None:
            raise UnsupportedError(f"max_turns={max_turns} is not supported by a stateful model, whose loops take at most 100000 turns")
        return self._go_on(named, batch_size, progress)

    def _results_of_one_batch(self, values, max_turns):
        return self._results(values, -1 if self._states is None else max(1, rows_of(values[0]) or 1), None, max_turns)

    def _go_on(self, named, batch_size, progress):
        """Computes batch after batch, with continuing states."""
        fixed = self._inputs[0].shape[0]
        if batch_size and fixed and batch_size != fixed:
            raise UsageError(f"the model is stateful and takes batches of {fixed} rows, found {batch_size}")
        rows = rows_of(named[0][1])
        size = fixed or batch_size or KERAS_BATCH
        if rows == 0 or rows % size and fixed:
            raise UsageError(f"the model is stateful and takes whole batches of {size} rows, found {rows} rows")
        parts = []
        for begin in range(0, rows, size):
            batch = [(spec.name, as_input(cut(value, begin, begin + size), spec)) for (_, value), spec in zip(named, self._inputs)]
            parts.append(self._states.run(batch))
            if progress is not None:
                progress(min(begin + size, rows), rows)
        return [(name, np.concatenate([part[i][1] for part in parts])) for i, (name, _) in enumerate(parts[0])]

    def _run(self, values, batch_size, verbose, max_turns):
        if verbose == 0:
            return pack(self._output_structure, self._results(values, batch_size, None, max_turns))
        of_keras = batch_size or KERAS_BATCH
        rows = rows_of(values[0])
        progress = Progress(None if rows is None else math.ceil(rows / of_keras), verbose)
        results = self._results(values, batch_size, lambda done, total: progress.update(math.ceil(done / of_keras)), max_turns)
        progress.finish(steps=None if rows is not None else math.ceil(rows_of(results[0][1]) / of_keras))
        return pack(self._output_structure, results)

    def _one_batch(self, x, max_turns):
        values = self._prepared(x, floatx=False)
        return pack(self._output_structure, self._results_of_one_batch(values, max_turns))

    def _batch_of_stream(self, batch, max_turns):
        values = self._prepared(batch[0] if isinstance(batch, tuple) else batch, floatx=True)
        return pack(self._output_structure, self._results_of_one_batch(values, max_turns))

    def _predict_batches(self, batches, steps, verbose, max_turns):
        count = steps if steps is not None else (len(batches) if hasattr(batches, "__len__") else None)
        progress = Progress(count, verbose)
        parts, done = [], 0
        for batch in iterated(batches, count):
            parts.append(self._batch_of_stream(batch, max_turns))
            done += 1
            progress.update(done)
        if not parts:
            raise UsageError("x returned no batch")
        progress.finish(steps=done)
        return joined(parts)
