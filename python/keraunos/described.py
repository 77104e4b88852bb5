"""The members of a model that describe it, and its weights, which can be replaced and saved."""

import html
import json
import os

import numpy as np

from . import _native, fork
from .arguments import count, refuse, warn
from .errors import UsageError
from .layer import Layer, weights_of
from .specs import TensorSpec, pack, structure_of


class Described:
    """A base of Model, which sets the attributes that are used here."""

    @property
    def name(self) -> str:
        return self._native.name

    @property
    def device(self) -> str:
        return self._native.device

    @property
    def inputs(self) -> "list[TensorSpec]":
        return list(self._inputs)

    @property
    def outputs(self) -> "list[TensorSpec]":
        return list(self._outputs)

    @property
    def input_names(self) -> "list[str]":
        return [spec.input_layer or spec.name for spec in self._inputs]

    @property
    def output_names(self) -> "list[str]":
        return [spec.name for spec in self._outputs]

    @property
    def input(self):
        """The TensorSpec of the input, or their structure."""
        names = [(spec.name, spec) for spec in self._inputs]
        return pack(structure_of({} if self._taps else self._config, "input_layers", len(names)), names)

    @property
    def output(self):
        """The TensorSpec of the output, or their structure as predict() returns results."""
        return pack(self._output_structure, [(spec.name, spec) for spec in self._outputs])

    @property
    def compiled(self) -> bool:
        """True if the file says how the model was compiled, and compile=False was not given."""
        return self._native.compiled

    @property
    def built(self) -> bool:
        return True

    @property
    def input_shape(self):
        shapes = [spec.shape for spec in self._inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self):
        shapes = [spec.shape for spec in self._outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def layers(self) -> "list[Layer]":
        return [Layer(layer, self) for layer in self._native.layers()]

    def get_layer(self, name: "str | None" = None, index: "int | None" = None) -> Layer:
        """By name, by a path into nested models ("encoder/dense_1"), or by position."""
        if name is not None and index is not None:
            raise UsageError(f"Provide only a layer name or a layer index. Received: index={index}, name={name}.")
        if name is None and index is None:
            raise UsageError("Provide either a layer name or layer index at `get_layer`.")
        return Layer(self._native.get_layer(name if index is None else index), self)

    @property
    def weights(self):
        """Copies of all weights, in Keras's order."""
        return weights_of(self._native, "")

    variables = weights

    def get_weights(self) -> "list[np.ndarray]":
        return [weight.numpy() for weight in self.weights]

    def count_params(self) -> int:
        return sum(layer.count_params() for layer in self.layers)

    def get_config(self) -> dict:
        return json.loads(json.dumps(self._config))

    def to_json(self, **kwargs) -> str:
        """The architecture, which Keras's and our model_from_json() read; `kwargs` are those of json.dumps()."""
        return json.dumps({"class_name": self.class_name, "config": self._config}, **kwargs)

    def load_weights(self, filepath, skip_mismatch=False, by_name=False, **kwargs):
        """Reads the weights of another file into this model: a `.weights.h5` or `.weights.json`, a whole model, or a TensorFlow checkpoint's
        prefix.
        Layers that `skip_mismatch` or `by_name` (of legacy HDF5 files) pass over keep their weights."""
        if kwargs:
            raise TypeError(f"load_weights() got unexpected arguments: {', '.join(sorted(kwargs))}")
        path = os.path.abspath(os.fspath(filepath))
        native, sentences = self._native.load_weights(path, bool(by_name), bool(skip_mismatch))
        warn(sentences)
        self._use(native)
        if by_name or skip_mismatch:
            self._changed = "load_weights()"
            return
        self._changed = None
        source, custom_objects, options = self._origin
        self._origin = (source, custom_objects, {**options, "weights": path})

    def set_weights(self, weights):
        """Replaces the values of all weights; `weights` is a list of arrays in the order of `Model.weights`."""
        self._replace_weights("", weights)

    def _replace_weights(self, layer, weights):
        arrays = [("", np.ascontiguousarray(np.asarray(value)).reshape(np.shape(value))) for value in weights]
        fork.enter()
        self._use(self._native.set_weights(layer, arrays))
        self._changed = "set_weights()"

    def _use(self, native):
        self._native = native
        if self._states is not None:
            self._states = _native.States(native)

    def optimizer_variables(self) -> "dict[str, np.ndarray]":
        """The saved variables of the optimizer in its order, under their names in the file."""
        return dict(self._native.optimizer_variables())

    def save(self, filepath, overwrite=True, zipped=None, quantize=None, **kwargs):
        """Writes a `.keras` file that Keras 3 loads, whatever format and Keras version the model was read from. `quantize`: "int8" or "int4", as Keras's
        `Model.quantize()` rounds weights."""
        if kwargs:
            raise TypeError(f"save() got unexpected arguments: {', '.join(sorted(kwargs))}")
        refuse(zipped, (None, True), "zipped")
        if not overwrite and os.path.exists(filepath):
            raise UsageError(f"the file {os.fspath(filepath)} exists; give another name, or overwrite=True")
        refuse(quantize, (None, "int8", "int4"), "quantize")
        warn(self._native.save(os.fspath(filepath), quantize or ""))

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False, layer_range=None):
        """Prints Keras's table, or passes it to `print_fn`."""
        refuse(positions, (None,), "positions")
        refuse(expand_nested, (False,), "expand_nested")
        refuse(show_trainable, (False,), "show_trainable")
        refuse(layer_range, (None,), "layer_range")
        text = self._native.summary(80 if line_length is None else count(line_length, "line_length"))
        (print_fn or print)(text)

    def __repr__(self):
        return f"<{self.class_name} name={self.name}, device={self.device}>"

    def _repr_html_(self):
        cell = lambda text: f"<td>{html.escape(str(text))}</td>"
        rows = "".join(
            "<tr>" + cell(layer.name) + cell(layer.class_name) + cell(", ".join(f"{w.name} {w.shape}" for w in layer._own_specs()))
            + f'<td style="text-align:right">{layer.count_params():,}</td></tr>'
            for layer in self.layers
        )
        head = "".join(f"<th>{text}</th>" for text in ("layer", "class", "weights", "parameters"))
        caption = html.escape(f"{self.class_name} {self.name}: {self.count_params():,} parameters, on {self.device}")
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
