"""Maps columns of a table to a model's inputs, and outputs to new columns."""

import numpy as np

from .errors import UsageError


class Columns:
    """`input_columns`: the column of each input; a list of numeric columns is stacked along a new last axis. For a model with
    one input it is the column, or the list, without the input's name. Default: columns with the names of the inputs, or the
    only column of the table.
    `output_names`: the columns that are added; a text (one output), a list in the model's order, or {output: column}."""

    def __init__(self, model, input_columns=None, output_names=None):
        self._inputs = model.inputs
        self._outputs = model.outputs
        self._chosen = self._named_inputs(input_columns)
        self.added = self._named_outputs(output_names)

    def _named_inputs(self, given):
        if given is None:
            return {}
        if isinstance(given, (str, list, tuple)):
            if len(self._inputs) != 1:
                raise UsageError(
                    f"input_columns={given!r} does not state the input; the model has {_quoted(self._input_names())}: "
                    "give a dictionary"
                )
            given = {self._inputs[0].name: given}
        if not isinstance(given, dict):
            raise UsageError(f"input_columns={given!r} must be a column, a list of columns or a dictionary of these")
        given = dict(given)
        chosen = {spec.name: given.pop(name) for spec in self._inputs for name in (spec.name, spec.input_layer) if name in given}
        if given:
            raise UsageError(f"input_columns names {_quoted(given)}; the model's inputs are {_quoted(self._input_names())}")
        for name, column in chosen.items():
            if not (_is_name(column) or isinstance(column, (list, tuple)) and column and all(map(_is_name, column))):
                raise UsageError(f'input_columns of the input "{name}" is {column!r}; expected a name or a list of names')
        return chosen

    def _named_outputs(self, given):
        names = [spec.name for spec in self._outputs]
        if given is None:
            return names
        if isinstance(given, dict):
            unknown = [name for name in given if name not in names]
            if unknown:
                raise UsageError(f"output_names has {_quoted(unknown)}; the model's outputs are {_quoted(names)}")
            columns = [given.get(name, name) for name in names]
        else:
            columns = [given] if isinstance(given, str) else list(given)
            if len(columns) != len(names):
                raise UsageError(
                    f"output_names={given!r} has {len(columns)} names; the model has {len(names)} outputs: {_quoted(names)}"
                )
        if not all(map(_is_name, columns)):
            raise UsageError(f"output_names={given!r} must contain texts")
        double = sorted({name for name in columns if columns.count(name) > 1})
        if double:
            raise UsageError(f"output_names={given!r} gives several outputs the name {_quoted(double)}")
        return columns

    def _input_names(self):
        return [spec.name for spec in self._inputs]

    def check_free(self, table_names):
        """An output must not replace a column of the table."""
        taken = sorted(set(self.added) & set(table_names))
        if taken:
            raise UsageError(
                f"the table has a column {_quoted(taken)} already, which an output of the model would replace; "
                f"choose other names for the outputs, "
                f"for instance output_names={{{self._output_of(taken[0])!r}: {taken[0] + '_predicted'!r}}}"
            )

    def read(self, table_names):
        """For each input, in the model's order, its column or list of columns. `table_names`: the columns of the table."""
        there = list(table_names)
        chosen = [self._column(spec, there) for spec in self._inputs]
        absent = [name for column in chosen for name in _listed(column) if name not in there]
        if absent:
            raise UsageError(f"the table has no column {_quoted(absent)}, which input_columns names; it has {_quoted(there)}")
        return chosen

    def _column(self, spec, there):
        if spec.name in self._chosen:
            return self._chosen[spec.name]
        for name in (spec.name, spec.input_layer):
            if name in there:
                return name
        if len(self._inputs) == 1 and len(there) == 1:
            return there[0]
        raise UsageError(
            f'no column has the name of the input "{spec.name}"; the table has {_quoted(there)}: '
            f"name its column, for instance input_columns={{{spec.name!r}: {there[-1] if there else '…'!r}}}"
        )

    def _output_of(self, column):
        return self._outputs[self.added.index(column)].name

    def take(self, table):
        """The inputs by their names, from a dictionary of arrays."""
        return {spec.name: self._array(table, column, spec) for spec, column in zip(self._inputs, self.read(table))}

    def _array(self, table, column, spec):
        if not isinstance(column, (list, tuple)):
            return shaped(table[column], spec, f'the column "{column}"')
        parts = [np.asarray(table[name]) for name in column]
        wrong = [name for name, part in zip(column, parts) if part.ndim != 1 or part.dtype.kind not in "biuf"]
        if wrong:
            raise UsageError(
                f'the column "{wrong[0]}" cannot be stacked with others into the input "{spec.name}": '
                'expected one number in each row'
            )
        return np.stack(parts, axis=-1)

    def named(self, results):
        """Results by output names, as the columns that are added."""
        return {column: results[spec.name] for column, spec in zip(self.added, self._outputs)}

    def empty(self):
        """The columns for a table without rows. An unknown axis of an output has no elements then."""
        kinds = {"string": object, "bfloat16": np.float32}
        return {
            column: np.empty((0, *(size or 0 for size in spec.shape[1:])), kinds.get(spec.dtype, spec.dtype))
            for column, spec in zip(self.added, self._outputs)
        }


def shaped(column, spec, what):
    """A column as one array. Rows whose axes were flattened, as tables store tensors, get the axes of the input."""
    array = np.asarray(column)
    if array.dtype == object and len(array) and isinstance(array[0], (np.ndarray, list, tuple)):
        shapes = {np.shape(cell) for cell in array}
        if len(shapes) > 1:
            first, second = sorted(shapes, key=str)[:2]
            raise UsageError(
                f"{what} has arrays of several shapes, such as {first} and {second}; pad them to one shape, "
                "or form batches of equal shapes"
            )
        array = np.stack([np.asarray(cell) for cell in array])
    row = spec.shape[1:]
    if array.ndim == 2 and len(row) > 1 and None not in row and array.shape[1] == np.prod(row):
        array = array.reshape(-1, *row)
    return array


def _is_name(value):
    return isinstance(value, str) and bool(value)


def _listed(column):
    return column if isinstance(column, (list, tuple)) else [column]


def _quoted(names):
    return ", ".join(f'"{name}"' for name in names) or "none"
