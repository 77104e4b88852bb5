"""Checks of arguments, and the warnings of the native part."""

import warnings

import numpy as np

from .errors import UnsupportedError, UsageError

KERAS_BATCH = 32


def refuse(given, allowed, name):
    if not any(given is value or (isinstance(value, str) and given == value) for value in allowed):
        shown = repr(given) if isinstance(given, (str, int, float, bool, type(None))) else type(given).__name__
        raise UnsupportedError(f"{name}={shown} is not supported; expected {' or '.join(map(repr, allowed))}")


def check_verbose(verbose):
    if verbose != "auto" and verbose not in (0, 1, 2):
        raise UsageError(f'verbose={verbose!r} is not known; expected "auto", 0, 1 or 2')


def count(value, name, least=1):
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise UsageError(f"{name}={value!r} must be a whole number of at least {least}")
    return int(value)


def turns(value):
    """The argument max_turns: the most turns of a loop whose end depends on data; None: the library's 100,000."""
    value = count(value, "max_turns", 0)
    if value is not None and value >= 1 << 63:
        raise UsageError(f"max_turns={value} is larger than 2 ** 63 - 1")
    return value


def warn(sentences):
    for sentence in sentences:
        warnings.warn(sentence, stacklevel=3)
