"""Arrays with the members of Keras's tensors and variables that scripts use."""

import numpy as np


def on_device(x):
    """True for an array in memory of a CUDA device, by DLPack's kind (2: CUDA, 13: managed) or by `__cuda_array_interface__`."""
    if isinstance(x, (np.ndarray, tuple, list)):
        return False
    if hasattr(x, "__dlpack_device__"):
        return int(x.__dlpack_device__()[0]) in (2, 13)
    return hasattr(x, "__cuda_array_interface__")


class Tensor(np.ndarray):
    """The result of `model(x)`: an ndarray with `.numpy()`, like a tensor."""

    def numpy(self):
        return np.asarray(self)


class Variable(np.ndarray):
    """A weight as saved: an ndarray with the names of a Keras variable. A copy: writing to it does not change the model."""

    name = None
    path = None

    def __array_finalize__(self, other):
        self.name = getattr(other, "name", None)
        self.path = getattr(other, "path", None)

    def numpy(self):
        return np.asarray(self)

    @property
    def value(self):
        return self.numpy()


def variable(array, name, path):
    made = array.view(Variable)
    made.name = name
    made.path = path
    return made
