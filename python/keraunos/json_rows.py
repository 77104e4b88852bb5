"""Converts the rows of TF Serving's REST interface to arrays and back."""

import base64
import json

import numpy as np

from .errors import UsageError


def array_of(name, values):
    values = _decoded(values)
    try:
        array = np.asarray(values)
    except ValueError:
        raise UsageError(f'the input "{name}" has rows of several lengths') from None
    if array.ndim == 0:
        raise UsageError(f'the input "{name}" must be a list of rows, found {values!r}')
    return array


def columns_of(instances):
    """Rows that are objects, converted to columns."""
    if not isinstance(instances, list) or not instances:
        raise UsageError('"instances" must be a list of rows')
    if not isinstance(instances[0], dict) or set(instances[0]) == {"b64"}:
        return instances
    names = list(instances[0])
    for i, row in enumerate(instances):
        if not isinstance(row, dict) or set(row) != set(names):
            raise UsageError(f"instance {i} does not have the names of instance 0: {', '.join(names)}")
    return {name: [row[name] for row in instances] for name in names}


def _decoded(values):
    """{"b64": text} represents bytes."""
    if isinstance(values, list):
        return [_decoded(value) for value in values] if values and isinstance(values[0], (list, dict)) else values
    if isinstance(values, dict):
        try:
            (text,) = [values["b64"]] if set(values) == {"b64"} else []
            return base64.b64decode(text, validate=True)
        except (ValueError, TypeError):
            raise UsageError(f'{values!r} is not a value; an object in a row must be {{"b64": …}}') from None
    return values


def jsonable(array):
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    return array.tolist() if array.dtype != object else np.vectorize(_text, otypes=[object])(array).tolist()


def _text(value):
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}


def parsed(body):
    try:
        return json.loads(body)
    except ValueError as error:
        raise UsageError(f"the body is not JSON: {error}") from None
