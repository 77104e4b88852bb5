"""The exceptions of Keraunos. Each is also the built-in exception that Keras raises in that case, so that `except ValueError`
keeps working."""


class Error(Exception):
    """Base of everything that Keraunos raises on purpose."""


class ModelError(Error, ValueError, OSError):
    """The model file is at fault: truncated, malformed, or it names something that does not exist in it. Keras raises ValueError for a `.keras` file
    and OSError for an HDF5 file."""

    def __str__(self):
        return str(self.args[0]) if self.args else ""


class ModelNotFoundError(ModelError, FileNotFoundError):
    """There is no such file."""


class UnsupportedError(Error, ValueError, NotImplementedError):
    """Keraunos does not support something that Keras does. `items`: a tuple (layer path, class name, reason) for each layer that
    cannot run."""

    def __init__(self, message, items=()):
        super().__init__(message)
        self.items = list(items)


class UsageError(Error, ValueError):
    """The call is at fault: a wrong name, rank, width or dtype, a layer that does not exist."""


class DataError(Error, ValueError):
    """The values are at fault: an id outside a table, text that is not UTF-8."""


class DeviceError(Error, RuntimeError):
    """The device is at fault or absent."""


class DeviceMemoryError(DeviceError, MemoryError):
    """The device, or the CPU, does not have enough memory."""


class Cancelled(Error):
    """A running call was asked to stop."""


class ForkError(Error, RuntimeError):
    """A process used Keraunos after it was forked from one that had loaded models; a fork does not copy the library's threads."""


class InternalError(Error, RuntimeError):
    """Keraunos itself is at fault."""
