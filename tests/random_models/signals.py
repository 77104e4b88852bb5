"""Signals, normalisations and losses as functions, in both Kerases."""

from generate.oracle import KERAS

from random_models.choices import need
from random_models.named import function, natural, root
from random_models.windowed import values


def one_signal(x):
    need(len(x.shape) == 3 and (x.shape[1] or 0) > 3)
    return root.transpose(x[:, :16], [0, 2, 1])


def complex_pair(c, x):
    y = one_signal(x)
    return y, root.cos(y)


def normalised(name):
    def step(c, x):
        last = x.shape[-1]
        need(last is not None)
        if name == "batch_normalization":
            return root.batch_normalization(
                x, values(c, last), abs(values(c, last)) + 0.5, -1, **c.options(epsilon=(1e-3, 0.1))
            )
        return function(name)(x, **({"axis": -1} if c.maybe() else {}))

    return step


def distribution(x):
    need(len(x.shape) == 2 and (x.shape[-1] or 0) > 1)
    return root.softmax(x) if KERAS == 3 else root.nn.softmax(x)


def loss(name):
    def step(c, x):
        p, q = distribution(x), distribution(root.cos(x))
        if name.startswith("sparse"):
            p = natural(x[:, :1], x.shape[-1])[:, 0]
        return root.expand_dims(function(name)(p, q), -1) if not name.startswith("binary") else function(name)(p, q)

    return step


if KERAS == 3:
    TABLE = {
        "fft": lambda c, x: c.choice(root.fft(complex_pair(c, x))),
        "fft2": lambda c, x: c.choice(root.fft2(complex_pair(c, x))),
        "ifft2": lambda c, x: c.choice(root.ifft2(complex_pair(c, x))),
        "rfft": lambda c, x: c.choice(root.rfft(one_signal(x))),
        "irfft": lambda c, x: root.irfft(complex_pair(c, x)),
        "stft": lambda c, x: c.choice(root.stft(one_signal(x), 4, 2, 4)),
        "istft": lambda c, x: root.istft(root.stft(one_signal(x), 4, 2, 4), 4, 2, 4),
        "extract_sequences": lambda c, x: root.extract_sequences(one_signal(x), 3, c.choice((1, 2))),
        "batch_normalization": normalised("batch_normalization"),
        "layer_normalization": normalised("layer_normalization"),
        "rms_normalization": normalised("rms_normalization"),
        "binary_crossentropy": loss("binary_crossentropy"),
        "categorical_crossentropy": loss("categorical_crossentropy"),
        "sparse_categorical_crossentropy": loss("sparse_categorical_crossentropy"),
    }
else:
    TABLE = {
        "signal.frame": lambda c, x: root.signal.frame(one_signal(x), 3, c.choice((1, 2)), axis=-1, pad_end=c.maybe()),
        "signal.overlap_and_add": lambda c, x: root.signal.overlap_and_add(
            root.expand_dims(one_signal(x), -1) * [1.0, 0.5, 2.0], c.choice((1, 2))
        ),
    }
