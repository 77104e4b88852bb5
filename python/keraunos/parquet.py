"""Predictions of Parquet files larger than memory. Rows are read, predicted and written batch by batch.

    python -m keraunos.parquet IN OUT --model M [--batch N] [--shard i/n] [--resume]

IN and OUT are files, or folders: then each file of IN has one of the same name in OUT.
"""

import re
import sys
from pathlib import Path

from . import bulk
from .arrow import pa, to_arrow, to_numpy
from .errors import DataError, Error, UsageError

import pyarrow.parquet as pq  # after .arrow, whose error says what to install if it is missing

_READ_BYTES = 1 << 20  # of a column at a time; otherwise a column of a row group would be read as a whole
GROUP_ROWS = 1 << 16  # rows of a written row group, if it stays below GROUP_BYTES
GROUP_BYTES = 32 << 20


def batches(file, size, columns):
    """The record batches of a file; one is in memory at a time."""
    return file.iter_batches(batch_size=size, columns=columns)


class Groups:
    """Writes batches as row groups of a size that is fast to read."""

    def __init__(self, path):
        self._path = path
        self._writer = None
        self._waiting = []

    def write(self, batch):
        if self._writer is None:
            # Fractions rarely repeat, so dictionaries of them take time and save no space.
            repeating = [
                field.name
                for field in batch.schema
                if not pa.types.is_nested(field.type) and not pa.types.is_floating(field.type)
            ]
            self._writer = pq.ParquetWriter(self._path, batch.schema, use_dictionary=repeating)
        self._waiting.append(batch)
        if (
            sum(waiting.num_rows for waiting in self._waiting) >= GROUP_ROWS
            or sum(waiting.nbytes for waiting in self._waiting) >= GROUP_BYTES
        ):
            self._flush()

    def _flush(self):
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting))
        self._waiting = []

    def close(self):
        self._flush()
        self._writer.close()

    def abandon(self):
        if self._writer is not None:
            self._writer.close()
        self._path.unlink(missing_ok=True)


class FileTask(bulk.Task):
    def __init__(self, name, source, target, keep):
        super().__init__(name, source, target)
        self._keep = keep

    def write(self, job, path, manifest):
        groups = Groups(path)
        try:
            rows = self._copied(job, groups)
            groups.close()
        except BaseException:
            groups.abandon()
            raise
        return rows

    def _copied(self, job, groups):
        try:
            with pq.ParquetFile(self.source, buffer_size=_READ_BYTES, pre_buffer=False) as file:
                return self._batches(file, job, groups)
        except pa.ArrowException as error:
            raise DataError(f"{self.source}: {error}") from error

    def _batches(self, file, job, groups):
        schema = file.schema_arrow
        predictor = job.predictor
        kept = self._kept(schema.names)
        try:
            predictor.columns.check_free(kept)
            read = predictor.columns.read(schema.names)
        except UsageError as error:
            raise UsageError(_in_options(f"{self.source}: {error}")) from None
        needed = {name for column in read for name in (column if isinstance(column, (list, tuple)) else [column])}
        rows = 0
        for batch in batches(file, job.batch, [name for name in schema.names if name in needed or name in kept]):
            if batch.num_rows:
                groups.write(self._predicted(batch, predictor, needed, kept, schema, rows))
            rows += batch.num_rows
        if rows == 0:
            groups.write(self._predicted(_no_rows(schema), predictor, needed, kept, schema, 0))
        return rows

    def _kept(self, names):
        if self._keep is None:
            return names
        absent = [name for name in self._keep if name not in names]
        if absent:
            raise UsageError(f'{self.source}: --keep names the column "{absent[0]}"; the file has {", ".join(names)}')
        return [name for name in names if name in self._keep]

    def _predicted(self, batch, predictor, needed, kept, schema, begin):
        try:
            results = predictor.predict({name: to_numpy(batch.column(name), name) for name in needed})
        except Error as error:
            raise bulk.rows_named(error, self.source, begin, begin + batch.num_rows)
        shapes = dict(zip(predictor.columns.added, (spec.shape for spec in predictor.model.outputs)))
        added = {name: to_arrow(array, shapes[name]) for name, array in results.items()}
        fields = [schema.field(name) for name in kept] + [pa.field(name, column.type) for name, column in added.items()]
        columns = [batch.column(name) for name in kept] + list(added.values())
        # Pandas' description of columns is valid only if all of them are kept.
        return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields, schema.metadata if self._keep is None else None))


def _no_rows(schema):
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def _in_options(text):
    """Rewrites the message in terms of the command line."""
    text = re.sub(r"input_columns=\{'(.*?)': '(.*?)'\}", r"--input \1=\2", text)
    return re.sub(r"output_names=\{'(.*?)': '(.*?)'\}", r"--output \1=\2", text).replace("input_columns", "--input")


def files_of(folder):
    """Sorted by name, so that the order is the same on all hosts. Names that begin with "_" or "." are no data, as in other
    readers."""
    found = [
        path
        for path in folder.rglob("*.parquet")
        if path.is_file() and not any(part[0] in "_." for part in path.relative_to(folder).parts)
    ]
    if not found:
        raise UsageError(f"{folder} has no files *.parquet")
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _planned(source, target, options):
    keep = None if options.keep is None else [name for name in options.keep.split(",") if name]
    if source.is_dir():
        manifest = target / (bulk.shard_name("_keraunos", options.shard) + ".json")
        index, count = options.shard
        names = [path.relative_to(source).as_posix() for path in files_of(source)][index::count]
        return [FileTask(name, source / name, target / name, keep) for name in names], manifest
    if options.shard != (0, 1):
        raise UsageError(f"--shard divides the files of a folder; {source} is one file")
    if target.is_dir():
        target = target / source.name
    return [FileTask(target.name, source, target, keep)], target.with_name(target.name + ".manifest.json")


def _columns(pairs):
    """--input NAME=COLUMN[,COLUMN…] as input_columns."""
    return {name: value.split(",") if "," in value else value for name, value in pairs} or None


def work(arguments, say):
    parser = bulk.parser("keraunos.parquet", __doc__.splitlines()[0])
    parser.add_argument(
        "--input",
        type=bulk.pair,
        action="append",
        default=[],
        metavar="NAME=COLUMN[,COLUMN…]",
        help="the column of an input with another name; several columns of numbers are stacked",
    )
    parser.add_argument(
        "--output", type=bulk.pair, action="append", default=[], metavar="NAME=COLUMN", help="another name for an output's column"
    )
    parser.add_argument("--keep", metavar="COLUMN,…", help="the columns of IN to copy to OUT (default: all)")
    options = parser.parse_args(arguments)
    source, target = Path(options.source), Path(options.target)
    bulk.check_places(source, target)
    tasks, manifest = _planned(source, target, options)
    job = bulk.Job(options, _columns(options.input), dict(options.output) or None, keep=options.keep)
    return bulk.run(tasks, job, manifest, options.resume, say)


if __name__ == "__main__":
    sys.exit(bulk.main("keraunos.parquet", work, sys.argv[1:]))
