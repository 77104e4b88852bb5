"""A random number generator that also remembers what the model it makes needs: inputs, XLA, a fixed batch.

A model is built twice, in float32 and in float64, and both must be the same model: every decision is drawn from here, and
nothing that is drawn may depend on a dtype.
"""

import random

from generate.activations import NAMES
from generate.oracle import KERAS

SIZES = (1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 31, 32, 33, 64, 65, 129)
LARGEST = 8000  # elements of a sample of any tensor
SMOOTH = [n for n in NAMES if n not in ("glu", "log_softmax")]


class Unsuited(Exception):
    """Raised when a step does not fit this tensor: another step is drawn."""


def need(condition):
    if not condition:
        raise Unsuited


def extents(x):
    """The shape of one sample; None where the model leaves an extent unknown."""
    return list(x.shape)[1:]


class Choices(random.Random):
    def __init__(self, seed):
        super().__init__(f"keras {KERAS}, model {seed}")
        self.inputs = []
        self.feeds = {}  # generators of inputs by their names
        self.batch = self.choice((1, 2, 3, 3, 4, 5, 7, 17, 33))
        self.fixed_batch = False
        self.cut = None  # rows that are computed together where rows of the batch may depend on each other
        self.stateful = False
        self.xla = False  # TensorFlow has no channels-first convolutions on the CPU
        self.operators = False
        self.rejected = {}  # the reasons why Keras refused a step: {class: message}

    def maybe(self, probability=0.5):
        return self.random() < probability

    def size(self, largest=129):
        """Mostly small sizes, and those next to the widths of vectors and tiles."""
        return min(largest, self.choice(SIZES[:9] if self.maybe(0.6) else SIZES))

    def activation(self):
        return self.choice((None, "relu", "tanh", *SMOOTH)) if self.maybe(0.6) else None

    def some(self, items, least=1):
        """A random subset in its order."""
        count = self.randint(least, len(items))
        return sorted(self.sample(list(items), count))

    def options(self, **choices):
        """Each argument is given half of the time, so that defaults are tested too."""
        return {key: self.choice(values) for key, values in choices.items() if self.maybe()}

    def channels_first(self):
        first = self.maybe(0.04)
        self.xla |= first
        return {"data_format": "channels_first"} if first else {}
