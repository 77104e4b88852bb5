"""Keras's module of load_model: `keras.saving.load_model`."""

from .loading import load_model

__all__ = ["load_model"]
