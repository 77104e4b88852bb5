"""Keraunos: predictions of saved Keras models, without TensorFlow.

    import keraunos as keras

    model = keras.models.load_model("model.keras")
    y = model.predict(x)
"""

from . import extras

try:
    from . import _native
except ImportError as error:
    raise extras.without_cuda(error) from None

from . import batch, errors, models, ops, saving, utils
from .device import DeviceArray
from .errors import (
    Cancelled,
    DataError,
    DeviceError,
    DeviceMemoryError,
    Error,
    ForkError,
    InternalError,
    ModelError,
    ModelNotFoundError,
    UnsupportedError,
    UsageError,
)
from .kernels import numpy_kernel
from .layer import Layer
from .loading import load_model
from .model import Model
from .specs import TensorSpec
from .traced import ops_function

__version__ = "0.1.0"
__all__ = [
    "Cancelled", "DataError", "DeviceArray", "DeviceError", "DeviceMemoryError", "Error", "ForkError", "InternalError", "Layer", "Model", "ModelError",
    "ModelNotFoundError", "TensorSpec", "UnsupportedError", "UsageError", "batch", "errors", "load_model", "models",
    "numpy_kernel", "ops", "ops_function", "saving", "utils",
]
