"""A layer of a loaded model."""

import json
import math

from .arrays import variable
from .errors import UsageError
from .specs import TensorSpec


def weights_of(native, layer):
    """The weights of a layer, or of the model (""), in Keras's order."""
    return [_weight_called(native, name) for name, *_ in native.weights(layer)]


def _weight_called(native, path):
    """Finds a weight by the path of its layer and its name; both may contain slashes."""
    cut = path.rfind("/")
    while cut > 0:
        try:
            layer, own = native.get_layer(path[:cut]), path[cut + 1 :]
            if any(name == own for name, *_ in layer.weights()):
                return variable(layer.weight(own), own, path)
        except UsageError:  # the layer's path is shorter
            pass
        cut = path.rfind("/", 0, cut)
    raise UsageError(f'the model has no weight "{path}"')


class Layer:
    """Weights as saved: `layer.kernel`, `layer.get_weights()`; the config: `layer.get_config()`. Parts of wrappers by Keras's
    names: `rnn.cell`."""

    def __init__(self, native, model):
        self._handle = native
        self._model = model
        self._of = model._native  # kept, because the model gets another handle when its weights are replaced

    @property
    def _native(self):
        if self._of is not self._model._native:
            self._handle = self._model._native.get_layer(self._handle.path)
            self._of = self._model._native
        return self._handle

    @property
    def name(self):
        return self._native.name

    @property
    def class_name(self):
        return self._native.class_name

    @property
    def path(self):
        return self._native.path

    @property
    def layers(self):
        """The layers inside a nested model or a wrapper."""
        return [Layer(part, self._model) for part in self._native.sublayers()]

    def set_weights(self, weights):
        """Replaces the values of this layer's weights in its model; `weights` is a list of arrays in the order of `Layer.weights`."""
        self._model._replace_weights(self.path, weights)

    def _own_specs(self):
        return [TensorSpec(*spec) for spec in self._native.weights()]

    def _read(self, name):
        return variable(self._native.weight(name), name, f"{self.path}/{name}")

    @property
    def weights(self):
        return weights_of(self._model._native, self.path)

    variables = weights

    def get_weights(self):
        return [weight.numpy() for weight in self.weights]

    def count_params(self):
        own = sum(math.prod(spec.shape) for spec in self._own_specs())
        return own + sum(part.count_params() for part in self.layers)

    def get_config(self):
        return json.loads(self._native.config())

    def __getattr__(self, name):
        if not name.startswith("_"):
            names = [spec.name for spec in self._own_specs()]
            if name in names:
                return self._read(name)
            part = self._native.part(name)
            if part is not None:
                return Layer(part, self._model)
            found = ", ".join(names) if names else "none"
            raise AttributeError(f'layer "{self.path}" ({self.class_name}) has no "{name}"; its weights: {found}')
        raise AttributeError(name)

    def __repr__(self):
        return f"<{self.class_name} name={self.name}>"
