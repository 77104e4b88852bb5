"""Keras's module `keras.saving`, as far as it serves models that were saved."""

from .loading import load_model
from .utils import CustomObjectScope, custom_object_scope

__all__ = ["CustomObjectScope", "custom_object_scope", "load_model", "load_weights", "save_model"]


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """`model.save()`."""
    model.save(filepath, overwrite=overwrite, zipped=zipped, **kwargs)


def load_weights(model, filepath, skip_mismatch=False, **kwargs):
    """`model.load_weights()`."""
    model.load_weights(filepath, skip_mismatch=skip_mismatch, **kwargs)
