"""Keras's module `keras.models`, as far as it serves models that were saved."""

from .architecture import model_from_json
from .loading import load_model
from .model import Model
from .saving import save_model

__all__ = ["Model", "load_model", "model_from_json", "save_model"]
