"""Predictions of a .npy file larger than memory. The files are mapped; a batch is read when the last one is written.

python -m keraunos.npy IN.npy OUT.npy --model M [--batch N] [--shard i/n] [--resume]
"""

import sys
from pathlib import Path

import numpy as np

from . import bulk
from .errors import DataError, Error, UnsupportedError, UsageError
from .manifest import partial, state_of

CHECKPOINT_BYTES = 64 << 20  # of predictions; --resume need not compute again what was written before the last checkpoint


class ArrayTask(bulk.Task):
    def __init__(self, source, target, shard, output):
        super().__init__(target.name, source, target)
        self._shard = shard
        self._output = output

    def unfinished(self, manifest):
        entry = manifest.entry(self.name)
        path = partial(self.target)
        if not entry or "rows_done" not in entry or entry["source"] != state_of(self.source) or not path.is_file():
            return None
        return entry

    def write(self, job, path, manifest):
        rows = _opened(self.source)
        index, count = self._shard
        first, last = (len(rows) * i // count for i in (index, index + 1))
        before = self.unfinished(manifest)
        done, results, saved = 0, None, 0
        if before is not None:
            done, results = before["rows_done"], np.lib.format.open_memmap(path, mode="r+")
        for begin in range(first + done, max(last, first + 1), job.batch):  # without rows one run, for the shape
            values = self._predicted(job, rows, begin, min(begin + job.batch, last))
            if results is None:
                results = np.lib.format.open_memmap(path, "w+", values.dtype, (last - first, *values.shape[1:]))
            if values.shape[1:] != results.shape[1:]:
                raise DataError(
                    f"{self.source}: the predictions of row {begin} have the shape {values.shape[1:]}, "
                    f"those before {results.shape[1:]}"
                )
            done = begin - first + len(values)
            results[done - len(values) : done] = values
            saved += values.nbytes
            if saved >= CHECKPOINT_BYTES and done < last - first:
                results.flush()
                manifest.progress(self.name, rows_done=done)
                saved = 0
        results.flush()
        return last - first

    def _predicted(self, job, rows, begin, end):
        try:
            values = predicted(job.predictor, rows[begin:end])[self._output]
        except Error as error:
            raise bulk.rows_named(error, self.source, begin, end)
        if values.dtype == object:
            raise UnsupportedError(
                f'the output "{self._output}" has texts, which a .npy file cannot store; use python -m keraunos.parquet'
            )
        return values


def predicted(predictor, rows):
    """The results by output names."""
    if len(rows) == 0:
        return dict(zip(predictor.model.output_names, predictor.columns.empty().values()))
    return predictor.model.predict_columns({"rows": rows})


def _opened(path):
    try:
        rows = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise DataError(f"{path} is not a readable array: {error}") from None
    if not isinstance(rows, np.ndarray) or rows.ndim == 0:
        raise DataError(f"{path} is not a .npy file with rows")
    return rows


def _one_output(names, chosen):
    if chosen is None and len(names) > 1:
        raise UsageError(f"the model has the outputs {', '.join(names)}, and a .npy file holds one array: choose one with --output")
    if chosen is not None and chosen not in names:
        raise UsageError(f'--output: the model has no output "{chosen}"; it has {", ".join(names)}')
    return chosen or names[0]


def work(arguments, say):
    parser = bulk.parser("keraunos.npy", __doc__.splitlines()[0])
    parser.add_argument("--output", metavar="NAME", help="the output to write, if the model has several")
    options = parser.parse_args(arguments)
    source, target = Path(options.source), Path(options.target)
    bulk.check_places(source, target)
    job = bulk.Job(options, output=options.output)
    model = job.predictor.model
    if len(model.inputs) > 1:
        raise UsageError(
            f"the model has the inputs {', '.join(model.input_names)}, and a .npy file holds one array: "
            "use python -m keraunos.parquet"
        )
    output = _one_output(model.output_names, options.output)
    target = target.with_name(bulk.shard_name(target.stem, options.shard) + target.suffix)
    task = ArrayTask(source, target, options.shard, output)
    return bulk.run([task], job, target.with_name(target.name + ".manifest.json"), options.resume, say)


if __name__ == "__main__":
    sys.exit(bulk.main("keraunos.npy", work, sys.argv[1:]))
