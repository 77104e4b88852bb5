"""Models of generate_functions.py with complex numbers: spectra of signals, and arithmetic on them."""

import numpy as np
import tensorflow as tf

from function_loops import built, normal, spec


class Spectra(tf.Module):
    """tf.signal, whose transforms have complex results, and what models make of them."""

    @tf.function(input_signature=[spec(None, 60), spec(None, 6, 10, name="image")])
    def call(self, x, image):
        short = tf.signal.stft(x, frame_length=16, frame_step=6)
        padded = tf.signal.stft(x, 12, 5, fft_length=20, window_fn=tf.signal.hamming_window, pad_end=True)
        whole = tf.signal.fft(tf.complex(x, tf.reverse(x, [1])))
        plane = tf.signal.fft2d(tf.cast(image, tf.complex64))
        mel = tf.signal.linear_to_mel_weight_matrix(5, 9, 8000, 100.0, 3500.0)
        log_mel = tf.math.log(tf.abs(short) @ mel + 1e-2)
        return {
            "power": tf.square(tf.abs(short)),
            "decibels": 20.0 * tf.math.log(tf.abs(padded) + 1e-3),
            "angle": tf.math.angle(whole[:, 1:30]),
            "real": tf.math.real(tf.signal.rfft(x)),
            "imag": tf.math.imag(tf.signal.rfft(x, fft_length=[32])),
            "back": tf.signal.irfft(tf.signal.rfft(x)),
            "shorter": tf.signal.irfft(tf.signal.rfft(x), fft_length=[37]),
            "inverse": tf.math.real(tf.signal.ifft(whole)),
            "plane": tf.abs(plane),
            "plane_back": tf.math.real(tf.signal.ifft2d(plane)),
            "half_plane": tf.abs(tf.signal.rfft2d(image)),
            "half_plane_back": tf.signal.irfft2d(tf.signal.rfft2d(image)),
            "shifted": tf.abs(tf.signal.ifftshift(tf.signal.fftshift(plane, axes=[1]), axes=[2])),
            "again": tf.signal.inverse_stft(short, 16, 6),
            "cosines": tf.signal.dct(x),
            "mfcc": tf.signal.mfccs_from_log_mel_spectrograms(log_mel)[..., :4],
        }


class Arithmetic(tf.Module):
    @tf.function(input_signature=[spec(None, 3, 4), spec(None, 3, 4, name="y")])
    def call(self, x, y):
        a, b = tf.complex(x, y), tf.complex(y, 0.5 * x + 1.0)
        turn = tf.constant([1 + 2j, -0.5j, 3.0, 0.25 - 1j], tf.complex64)
        results = {
            "sum": a + b,
            "difference": a - turn,
            "product": a * b * turn,
            "quotient": a / b,
            "negative": -a,
            "conjugate": tf.math.conj(a),
            "square": tf.square(a),
            "exponential": tf.exp(a),
            "reciprocal": tf.math.reciprocal(b),
            "matrix": tf.matmul(a, tf.transpose(b, [0, 2, 1])),
            "joined": tf.concat([a, tf.reverse(b, [2])], axis=1)[:, 1:5, ::2],
            "reshaped": tf.transpose(tf.reshape(tf.stack([a, b], axis=1), [-1, 6, 4]), [0, 2, 1]),
            "gathered": tf.gather(tf.tile(a, [1, 2, 1]), [4, 0], axis=1),
            "total": tf.reduce_sum(a, axis=1) + tf.reduce_mean(b, axis=[1]),
            "real_first": tf.cast(x, tf.complex64) * b,
        }
        parts = {f"{name}_real": tf.math.real(v) for name, v in results.items()}
        parts |= {f"{name}_imag": tf.math.imag(v) for name, v in results.items()}
        return {**parts, "length": tf.abs(a), "wide": tf.abs(tf.cast(a, tf.complex128) * 2.0), "cut": tf.cast(b, tf.float32)}


CASES = {
    "spectra": (built(Spectra), {"x": normal(2, 60), "image": normal(2, 6, 10)}, {}),
    "complex_numbers": (built(Arithmetic), {"x": normal(2, 3, 4), "y": normal(2, 3, 4)}, {}),
}
