"""Arrays with the few names that scripts use of Keras's tensors and variables."""

import numpy as np


class Tensor(np.ndarray):
    """What `model(x)` answers: an ndarray with `.numpy()`, as a tensor has it."""

    def numpy(self):
        return np.asarray(self)


class Variable(np.ndarray):
    """A weight as the file has it: an ndarray with the names of a Keras variable. A copy: writing to it does not change the model."""

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
