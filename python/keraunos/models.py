"""Keras's module of load_model: `keras.models.load_model`."""

from .loading import load_model
from .model import Model

__all__ = ["Model", "load_model"]
