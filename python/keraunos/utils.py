"""What scripts that predict use of `keras.utils`, with Keras's arguments, defaults and kinds of exceptions (Keras 3.15)."""

import contextlib
import contextvars

import numpy as np

from .errors import UnsupportedError, UsageError

_scope = contextvars.ContextVar("custom_objects", default={})


def to_categorical(x, num_classes=None):
    """One-hot rows (float64) of whole numbers; a last axis of 1 is dropped."""
    labels = np.array(x, dtype=np.int64)
    shape = labels.shape[:-1] if labels.ndim > 1 and labels.shape[-1] == 1 else labels.shape
    labels = labels.ravel()
    classes = num_classes or int(labels.max()) + 1
    rows = np.zeros((labels.size, classes))
    rows[np.arange(labels.size), labels] = 1
    return rows.reshape(*shape, classes)


def normalize(x, axis=-1, order=2):
    """`x` divided by its norms along the axis; a norm of zero counts as one."""
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    return x / np.expand_dims(np.where(norms == 0, norms.dtype.type(1), norms), axis or -1)  # Keras takes axis 0 for -1 here


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """One array of lists of different lengths, which are padded and truncated before ("pre") or behind ("post")."""
    for name, given in (("padding", padding), ("truncating", truncating)):
        if given not in ("pre", "post"):
            raise UsageError(f'{name}="{given}" is not known; expected "pre" or "post"')
    if not hasattr(sequences, "__len__") or not all(hasattr(sequence, "__len__") for sequence in sequences):
        raise UsageError("pad_sequences takes a list of lists or arrays")
    if isinstance(value, str) and np.dtype(dtype).kind not in "OSU":
        raise UsageError(f"the value {value!r} cannot pad an array of {dtype}; use dtype=object")
    length = max(map(len, sequences)) if maxlen is None else maxlen
    inner = next((np.shape(sequence)[1:] for sequence in sequences if len(sequence)), ())
    padded = np.full((len(sequences), length, *inner), value, dtype=dtype)
    for row, sequence in enumerate(sequences):
        if not len(sequence):
            continue
        kept = np.asarray(sequence[-length:] if truncating == "pre" else sequence[:length], dtype=dtype)
        if kept.shape[1:] != inner:
            raise UsageError(f"the elements of sequence {row} have the shape {kept.shape[1:]}, expected {inner}")
        start = 0 if padding == "post" else length - len(kept)
        padded[row, start : start + len(kept)] = kept
    return padded


def img_to_array(img, data_format=None, dtype=None):
    """An image of Pillow (or an array of 2 or 3 axes) as an array of rows, columns and channels."""
    first = _is_channels_first(data_format)
    array = np.asarray(img, dtype=dtype or np.float32)
    if array.ndim == 2:
        return array[np.newaxis] if first else array[..., np.newaxis]
    if array.ndim != 3:
        raise UsageError(f"an image has 2 or 3 axes, found the shape {array.shape}")
    return array.transpose(2, 0, 1) if first else array


def _is_channels_first(data_format):
    if data_format not in (None, "channels_first", "channels_last"):
        raise UsageError(f'data_format={data_format!r} is not known; expected "channels_first" or "channels_last"')
    return data_format == "channels_first"


def load_img(path, color_mode="rgb", target_size=None, interpolation="nearest", keep_aspect_ratio=False):
    """An image of Pillow, which must be installed, from a file."""
    from PIL import Image

    modes = {"rgb": "RGB", "rgba": "RGBA", "grayscale": "L"}
    filters = {name: name.upper() for name in ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")}
    if color_mode not in modes:
        raise UsageError(f'color_mode="{color_mode}" is not known; expected one of {sorted(modes)}')
    if interpolation not in filters:
        raise UsageError(f'interpolation="{interpolation}" is not known; expected one of {sorted(filters)}')
    if keep_aspect_ratio:
        raise UnsupportedError("keep_aspect_ratio=True is not supported")
    with Image.open(path) as opened:
        deep = color_mode == "grayscale" and opened.mode in ("I;16", "I", "L")  # these keep their depth
        image = opened.copy() if deep else opened.convert(modes[color_mode])
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    return image.resize((target_size[1], target_size[0]), getattr(Image.Resampling, filters[interpolation]))


def unpack_x_y_sample_weight(data):
    """(x, y, sample_weight) of a batch; what is missing is None."""
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if len(data) > 3:
        raise UsageError(f"a batch is x, (x,), (x, y) or (x, y, sample_weight), found {len(data)} parts")
    return data + (None,) * (3 - len(data))


class PyDataset:
    """The base of classes with `__len__` and `__getitem__(i)`, which returns a batch; predict() takes such objects. Batches are made
    in the caller's thread, whatever the arguments say."""

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __len__(self):
        return self.num_batches

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} does not define __getitem__")

    @property
    def num_batches(self):
        raise NotImplementedError(f"{type(self).__name__} does not define num_batches or __len__")

    def on_epoch_end(self):
        """Called by nothing here."""


Sequence = PyDataset


@contextlib.contextmanager
def custom_object_scope(custom_objects):
    """load_model() inside `with` also takes these objects, as in Keras; for the current thread."""
    before = _scope.get()
    token = _scope.set({**before, **custom_objects})
    try:
        yield
    finally:
        _scope.reset(token)


CustomObjectScope = custom_object_scope


def objects_in_scope():
    return _scope.get()


def clear_session(free_memory=True):
    """Does nothing: Keraunos has no session of Keras; memory of a model is freed with it, and before by its trim()."""
