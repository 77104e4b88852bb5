"""Predictions of tables, batch by batch, in the workers of a cluster.

    dataset.map_batches(keraunos.batch.Predictor, fn_constructor_kwargs={"model": "model.keras"},
                        batch_format="numpy", batch_size=4096,
                        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=8))

This module needs NumPy alone; Ray Data (ray 2.60) calls the class.
"""

import os
import socket

from . import loading
from .arguments import count
from .columns import Columns
from .errors import ModelNotFoundError, UnsupportedError, UsageError
from .inputs import is_frame
from .model import Model


def load(model, threads=None, **options):
    """The model of a worker: from a path that each worker can read, or from a Model, which is pickled as its path."""
    if isinstance(model, Model):
        if options or threads is not None:
            raise UsageError(f"{', '.join(map(repr, options)) or 'threads'} cannot be given with a loaded model; give its path")
    else:
        try:
            model = loading.load_model(model, threads=_threads() if threads is None else threads, **options)
        except ModelNotFoundError as error:
            raise ModelNotFoundError(
                f"{error} on the host {socket.gethostname()}; each worker reads the model itself: "
                "give a path that is the same on all hosts"
            ) from None
    if model.stateful:
        raise UnsupportedError(
            f'the model "{model.name}" is stateful: its states are kept from batch to batch, '
            'and the batches of a cluster come in no order'
        )
    return model


def _threads():
    """Ray and Spark set OMP_NUM_THREADS to the number of CPUs of a worker."""
    text = os.environ.get("OMP_NUM_THREADS", "")
    return int(text) if text.isdigit() else 0


class Predictor:
    """Takes a dictionary of columns (NumPy arrays, which are not written to) and returns it with the model's outputs as
    additional columns.

    `model`: a path. `input_columns`, `output_names`: see keraunos.columns.Columns. `batch_size`: rows that are computed
    together; by default chosen automatically. `threads`: by default OMP_NUM_THREADS, as Ray and Spark set it. The other
    options are those of load_model(). A batch that is computed again, for example after a failure, gives the same values."""

    def __init__(self, model, *, input_columns=None, output_names=None, batch_size=None, threads=None, **options):
        self.model = load(model, threads, **options)
        self._batch_size = count(batch_size, "batch_size")
        self.columns = Columns(self.model, input_columns, output_names)

    def __call__(self, batch):
        if not isinstance(batch, dict):
            kind = "a pandas DataFrame" if is_frame(batch) else type(batch).__name__
            raise UsageError(f'a batch must be a dictionary of columns, found {kind}; in Ray Data this is batch_format="numpy"')
        self.columns.check_free(batch)
        return {**batch, **self.predict(batch)}

    def predict(self, batch):
        """Only the columns that are added."""
        inputs = self.columns.take(batch)
        if all(len(column) == 0 for column in inputs.values()):
            return self.columns.empty()
        return self.columns.named(self.model.predict_columns(inputs, self._batch_size))
