"""A model whose weights come later: model_from_json()."""

import json

from .errors import UsageError
from .loading import _dictionary, bound
from .model import Model


def model_from_json(json_string, custom_objects=None, **options):
    """The model of a text that Keras's `to_json()` wrote. It can be used after its load_weights(); `options` are those of
    load_model()."""
    config = _parsed(json_string)
    if not isinstance(config, dict) or "class_name" not in config:
        raise UsageError("model_from_json takes what Keras's Model.to_json() returns")
    return Architecture(json_string if isinstance(json_string, bytes) else json_string.encode(), custom_objects, options)


def _parsed(text):
    try:
        return json.loads(text)
    except (TypeError, ValueError) as error:
        raise UsageError(f"model_from_json takes JSON text: {error}") from error


class Architecture(Model):
    """Becomes a Model when its weights are loaded."""

    def __init__(self, text, custom_objects, options):
        self._text, self._objects, self._options = text, _dictionary(custom_objects), options

    def load_weights(self, filepath, skip_mismatch=False, by_name=False, **kwargs):
        if skip_mismatch or by_name:
            raise UsageError("the first load_weights() of a model from JSON must find all weights: skip_mismatch and by_name cannot be given")
        if kwargs:
            raise TypeError(f"load_weights() got unexpected arguments: {', '.join(sorted(kwargs))}")
        loaded = bound(self._text, self._objects, weights=filepath, **self._options)
        self.__class__ = Model
        self.__dict__.clear()
        self.__dict__.update(loaded.__dict__)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise UsageError(f"a model from JSON has no weights yet: call load_weights() before {name.lstrip('_')}")

    def __repr__(self):
        return "<a model from JSON, without weights>"
