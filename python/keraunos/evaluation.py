"""Model.evaluate."""

import math

from . import fork
from .arguments import KERAS_BATCH, check_verbose, count, refuse
from .arrays import on_device
from .errors import UnsupportedError, UsageError
from .inputs import arranged, is_batches, prepared, rows_of
from .progress import Progress
from .rows import weight


class Evaluated:
    """A base of Model, which sets the attributes that are used here."""

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None, return_dict=False):
        """The loss and the metrics that the model was compiled with, as Keras's evaluate()."""
        if callbacks:
            raise UnsupportedError("callbacks are not supported by evaluate()")
        refuse(steps, (None,), "steps")
        check_verbose(verbose)
        if x is None or y is None or is_batches(x):
            raise UnsupportedError("evaluate() needs the arrays x and y")
        values = arranged(x, self._inputs)
        if any(map(on_device, values)):
            raise UnsupportedError("evaluate() takes no arrays on a device: copy them to the CPU first")
        batch = count(batch_size, "batch_size") or KERAS_BATCH
        progress = Progress(0, verbose)
        inputs = [(spec.name, prepared(value, spec, True)) for value, spec in zip(values, self._inputs)]
        fork.enter()
        scores = self._native.evaluate(inputs, self._targets(y, "target"), self._sample_weight(sample_weight), batch)
        scores = [(name, score.item() if score.ndim == 0 else score) for name, score in scores]
        rows = rows_of(inputs[0][1])
        progress.finish({name: score for name, score in sorted(scores) if isinstance(score, float)}, steps=math.ceil(rows / batch))
        if return_dict:
            return dict(sorted(scores))
        values = [score for _, score in scores]
        return values[0] if len(values) == 1 else values

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """evaluate() of one batch, without a progress bar."""
        if y is None:
            raise UnsupportedError("test_on_batch() needs the arrays x and y")
        rows = max(1, rows_of(self._prepared(x, floatx=True)[0]) or 1)
        return self.evaluate(x, y, batch_size=rows, verbose=0, sample_weight=sample_weight, return_dict=return_dict)

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
