"""Fourier transforms of keras.ops, windows of signals, and the spectrogram layers."""

import numpy as np

from generate.building import KERAS, Input, L, Model, keras
from generate.oracle import tf

# Lengths for one product, for several factors, for a prime (a convolution), and with a prime among the factors.
LENGTHS = (1, 2, 7, 16, 17, 30, 64, 74, 240)


def rfft():
    """Every kind of length; truncated and padded with zeros."""
    ops = keras.ops
    outputs, inputs = [], [Input((n,), name=f"x{n}") for n in LENGTHS]
    for n, x in zip(LENGTHS, inputs, strict=True):
        outputs += [ops.multiply(y, 1) for y in ops.rfft(x)]
        if n > 1:
            real, imag = ops.rfft(x)
            outputs.append(ops.irfft((real, imag)))
    last = inputs[-1]
    for n in (5, 33, 250):
        outputs += list(ops.rfft(last, fft_length=n))
    outputs.append(ops.irfft(ops.rfft(inputs[5]), fft_length=21))
    outputs.append(ops.irfft(ops.rfft(inputs[5]), fft_length=64))
    return Model(inputs, outputs)


def fft():
    ops = keras.ops
    x, y, z = Input((2, 18), name="x"), Input((2, 18), name="y"), Input((23,), name="z")
    a, b = Input((6, 34), name="a"), Input((6, 34), name="b")
    outputs = [*ops.fft((x, y)), *ops.fft((z, z)), *ops.fft2((a, b)), *ops.ifft2((a, b)), *ops.ifft2((x, y))]
    return Model([x, y, z, a, b], outputs)


def fft_rows():
    """Along the batch: rows depend on each other."""
    x = Input((), name="x")
    real, imag = keras.ops.rfft(x, fft_length=6)
    return Model(x, [real, imag, keras.ops.irfft((real, imag))])


def double():
    """In float64, where Keras computes in float64 too."""
    ops = keras.ops
    x = Input((70,), dtype="float64", name="x")
    pair = ops.stft(x, sequence_length=20, sequence_stride=5, fft_length=34)
    return Model(x, [*ops.rfft(x), *pair, ops.irfft(ops.rfft(x))])


def stft():
    ops = keras.ops
    x = Input((50,), name="x")
    rows = [
        dict(sequence_length=16, sequence_stride=8, fft_length=16),
        dict(sequence_length=16, sequence_stride=4, fft_length=32, window="hamming"),
        dict(sequence_length=9, sequence_stride=5, fft_length=20, center=False),
        dict(sequence_length=8, sequence_stride=3, fft_length=8, window=None),
    ]
    outputs = []
    for row in rows:
        outputs += list(ops.stft(x, **row))
    return Model(x, outputs)


def istft():
    ops = keras.ops
    x = Input((48,), name="x")
    outputs = []
    for row in (
        dict(sequence_length=16, sequence_stride=4, fft_length=16),
        dict(sequence_length=16, sequence_stride=8, fft_length=32, window="hamming"),
        dict(sequence_length=12, sequence_stride=12, fft_length=12, window=None, center=False),
        dict(sequence_length=12, sequence_stride=5, fft_length=12, window="hamming", center=False),
    ):
        pair = ops.stft(x, **row)
        outputs += [ops.istft(pair, **row), ops.istft(pair, length=21, **row)]
    return Model(x, outputs)


def frames():
    """tf.signal of real numbers."""
    x, y = Input((21,), name="x"), Input((2, 9), name="y")
    frame, add = tf.signal.frame, tf.signal.overlap_and_add
    return Model(
        [x, y],
        [
            frame(x, 6, 4),
            frame(x, 6, 4, pad_end=True, pad_value=2.0),
            frame(y, 4, 6, pad_end=True),
            frame(y, 3, 1, axis=-1),
            add(frame(x, 6, 4), 4),
            add(frame(x, 6, 6), 6),
            add(frame(y, 4, 1), 3),
            add(frame(x, 5, 2), 7),
        ],
    )


def sequences():
    ops = keras.ops
    x = Input((2, 21), name="x")
    return Model(x, [ops.extract_sequences(x, 6, 4), ops.extract_sequences(x, 5, 3), ops.extract_sequences(x, 21, 1)])


MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


def polar():
    """Complex numbers between operations."""
    ops = keras.ops
    x, turn = Input((3, 4), name="x"), Input((3, 4), name="turn")
    z = ops.polar(ops.absolute(x), turn)
    parts = [ops.view_as_real(z), ops.real(z), ops.imag(ops.conj(z)), ops.angle(z), ops.absolute(z)]
    return Model([x, turn], [*parts, ops.view_as_real(x)])


def stft_spectrogram():
    x, two = Input((40, 1), name="x"), Input((30, 2), name="two")
    layer = L.STFTSpectrogram
    # "log" is in stft_spectrogram_first: here a magnitude is so small that its logarithm shows how TF32 rounds the convolution.
    outputs = [layer(mode, frame_length=8, name=mode)(x) for mode in MODES if mode != "log"]
    more = {
        "same": dict(mode="psd", padding="same", frame_step=3),
        "wide": dict(mode="real", fft_length=16, frame_step=8, window="hamming", scaling="spectrum"),
        "dims": dict(mode="magnitude", expand_dims=True, scaling=None),
        "periodic": dict(mode="stft", expand_dims=True, periodic=True, window=None),
    }
    outputs += [layer(frame_length=8, name=name, **row)(two) for name, row in more.items()]
    return Model([x, two], outputs)


def stft_spectrogram_first():
    x = Input((2, 30), name="x")
    layer = L.STFTSpectrogram
    return Model(
        x,
        [
            layer("log", frame_length=8, data_format="channels_first", name="log")(x),
            layer("psd", frame_length=8, data_format="channels_first", expand_dims=True, name="psd")(x),
        ],
    )


def mel_spectrogram():
    x = Input((100,), name="x")
    common = dict(fft_length=32, sequence_stride=8, sampling_rate=800, num_mel_bins=5, min_freq=10)
    layer = L.MelSpectrogram
    return Model(
        x,
        [
            layer(**common, name="plain")(x),
            layer(**common, power_to_db=False, mag_exp=1.0, name="magnitude")(x),
            layer(**{**common, "sequence_length": 20, "max_freq": 300.0}, window="hamming", top_db=20.0, name="short")(x),
            layer(**common, ref_power=4.0, min_power=1e-3, name="reference")(x),
        ],
    )


def cases(add):
    if KERAS == 2:
        add("signal_frames", frames)
        return
    add("signal_rfft", rfft)
    add("signal_fft", fft)
    add("signal_fft_rows", fft_rows, rows=4)
    add("signal_double", double)
    add("signal_polar", polar, float64=False)
    add("signal_stft", stft)
    add("signal_istft", istft)
    add("signal_sequences", sequences)
    add("stft_spectrogram", stft_spectrogram, fill=False, rows=2)
    add("stft_spectrogram_first", stft_spectrogram_first, fill=False, rows=2, xla=True)
    add("mel_spectrogram", mel_spectrogram, float64=False)
