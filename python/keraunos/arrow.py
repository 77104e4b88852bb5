"""Columns of Arrow (pyarrow 25 and 26) as arrays and back."""

import numpy as np

from .errors import DataError, UnsupportedError
from .extras import missing

try:
    import pyarrow as pa
except ImportError as error:
    raise missing("pyarrow", "parquet") from error


def to_numpy(column, name):
    """Lists of equal lengths become additional axes."""
    axes = []
    kind = column.type
    rows = len(column)
    while True:
        if column.null_count:
            raise DataError(
                f'the column "{name}" has {column.null_count} nulls; fill them first (pyarrow.compute.fill_null), '
                "or drop those rows"
            )
        if isinstance(kind, pa.FixedShapeTensorType):
            if kind.permutation is not None and list(kind.permutation) != sorted(kind.permutation):
                raise UnsupportedError(
                    f'the column "{name}" has tensors with permuted axes ({kind}); store them in row-major order'
                )
            axes += kind.shape
            column = column.storage.flatten()
        elif isinstance(kind, pa.ExtensionType):
            column = column.storage
        elif pa.types.is_fixed_size_list(kind):
            axes.append(kind.list_size)
            column = column.flatten()
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            axes.append(_equal_length(column, name))
            column = column.flatten()
        elif pa.types.is_dictionary(kind):
            column = column.dictionary_decode()
        else:
            break
        kind = column.type
    if not _is_simple(column.type):
        raise UnsupportedError(f'the column "{name}" has the type {column.type}; expected numbers, booleans, texts, or lists of these')
    return column.to_numpy(zero_copy_only=False).reshape(rows, *axes)


def _is_simple(kind):
    types = pa.types
    return any(
        is_kind(kind)
        for is_kind in (
            types.is_integer,
            types.is_floating,
            types.is_boolean,
            types.is_string,
            types.is_large_string,
            types.is_binary,
            types.is_large_binary,
        )
    )


def _equal_length(column, name):
    lengths = np.unique(np.diff(column.offsets.to_numpy()))
    if len(lengths) > 1:
        raise DataError(
            f'the lists of the column "{name}" have from {lengths[0]} to {lengths[-1]} elements in one batch; '
            "pad them to one length"
        )
    return int(lengths[0]) if len(lengths) else 0


def to_arrow(array, shape=()):
    """Additional axes become lists of fixed sizes; a single value for each row, also with an axis of 1, becomes a plain column.
    `shape`: the model's shape; unknown axes become lists of any size, because other batches may have other sizes."""
    open_axes = [axis for axis, size in enumerate(shape) if size is None]
    if array.ndim == 2 and array.shape[1] == 1 and 1 not in open_axes:
        array = array[:, 0]
    flat = array.reshape(-1)
    if flat.dtype == object:
        column = _texts(flat)
    else:
        column = pa.array(flat.astype(np.float32) if flat.dtype.name == "bfloat16" else flat)
    for axis in range(array.ndim - 1, 0, -1):
        size = array.shape[axis]
        if axis in open_axes:
            count = int(np.prod(array.shape[:axis]))
            column = pa.LargeListArray.from_arrays(np.arange(count + 1, dtype=np.int64) * size, column)
        elif len(column) == 0:
            column = pa.array([], pa.list_(column.type, size))
        else:
            column = pa.FixedSizeListArray.from_arrays(column, type=pa.list_(column.type, size))
    return column


def _texts(flat):
    values = [text.encode() if isinstance(text, str) else text for text in flat]
    try:
        return pa.array([text.decode() for text in values], pa.string())
    except UnicodeDecodeError:
        raise DataError("a text that the model returned is not UTF-8, so it cannot be stored in a column of texts") from None
