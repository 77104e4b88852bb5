"""Rows of inputs and results: slicing, joining, batching."""

import math

import numpy as np


def mapped(tree, change):
    if isinstance(tree, dict):
        return {key: mapped(value, change) for key, value in tree.items()}
    return [mapped(value, change) for value in tree] if isinstance(tree, list) else change(tree)


def joined(parts):
    first = parts[0]
    if isinstance(first, dict):
        return {key: joined([part[key] for part in parts]) for key in first}
    if isinstance(first, list):
        return [joined(list(values)) for values in zip(*parts)]
    return np.concatenate(parts)


def iterated(batches, count):
    if not hasattr(batches, "__iter__") or (hasattr(batches, "__getitem__") and hasattr(batches, "__len__")):
        yield from (batches[i] for i in range(count))
        return
    for i, batch in enumerate(batches):
        yield batch
        if count is not None and i + 1 >= count:
            return


def cut(value, begin, end):
    if isinstance(value, tuple):
        texts, shape = value
        each = math.prod(shape[1:])
        return texts[begin * each : end * each], (len(range(shape[0])[begin:end]), *shape[1:])
    return value[begin:end]


def as_input(value, spec):
    return value if isinstance(value, tuple) or value.dtype.name == spec.dtype else value.astype(spec.dtype)


def weight(value):
    return np.asarray(value, dtype=np.float32, order="C")


def stacked(column):
    """A column whose cells are arrays becomes one array."""
    column = np.asarray(column)
    if column.dtype == object and len(column) and isinstance(column[0], (np.ndarray, list)):
        return np.stack([np.asarray(cell) for cell in column])
    return column
