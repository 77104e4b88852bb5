"""Arrays with the members of Keras's tensors and variables that scripts use."""

import numpy as np


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
