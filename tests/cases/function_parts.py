"""Models of generate_functions.py with single operations: diagonals, sequences, quantised numbers, resized images, slices."""

import numpy as np
import tensorflow as tf

from function_loops import built, normal, spec


class Resized(tf.Module):
    """tf.image.resize by the kernels that ScaleAndTranslate computes, and slices at places that depend on data."""

    @tf.function(input_signature=[spec(None, 7, 6, 2), spec(dtype=tf.int32, name="at")])
    def call(self, x, at):
        kernels = ["bilinear", "bicubic", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"]
        small = {f"small_{kernel}": tf.image.resize(x, [4, 5], kernel, antialias=True) for kernel in kernels}
        large = {f"large_{kernel}": tf.image.resize(x, [9, 10], kernel) for kernel in kernels[2:]}
        places = {"line": x[:, at], "element": x[:, -1, at, ..., 0], "lines": tf.slice(x, [0, at, 0, 0], [-1, 2, -1, -1])}
        return {**small, **large, **places}


class Numbers(tf.Module):
    @tf.function(input_signature=[spec(None, 3, 4), spec(None, 4, dtype=tf.int32, name="n")])
    def call(self, x, n):
        bounds = tf.constant([-0.5, -1.0, 0.0, -2.0]), tf.constant([0.5, 1.5, 1.0, 0.25])
        line = x[:, 0]
        return {
            "diag": tf.linalg.diag(line),
            "diag_above": tf.linalg.diag(line, k=1, padding_value=7.0),
            "diag_below": tf.linalg.diag(line, k=-2),
            "diag_wide": tf.linalg.diag(line, k=-1, num_rows=5, num_cols=6),
            "part": tf.linalg.diag_part(x),
            "part_above": tf.linalg.diag_part(x, k=2),
            "part_below": tf.linalg.diag_part(x, k=-1),
            "set": tf.linalg.set_diag(x, line[:, :3]),
            "set_above": tf.linalg.set_diag(x, line[:, :3], k=1),
            "line": tf.linspace(x[0, 0, 0], 2.0, 5) + tf.zeros_like(line[:, :1]),
            "levels": tf.quantization.fake_quant_with_min_max_vars(x, -1.0, 0.75),
            "narrow": tf.quantization.fake_quant_with_min_max_vars(x, -0.5, 1.5, num_bits=4, narrow_range=True),
            "fixed": tf.quantization.fake_quant_with_min_max_args(x, -2.0, 1.0),
            "channels": tf.quantization.fake_quant_with_min_max_vars_per_channel(x, *bounds),
            "quotient": tf.truncatediv(n, 3),
            "rest": tf.truncatemod(n, -3),
            "bits": tf.bitcast(line, tf.int32),
            "different": tf.gather(tf.unique(n[0])[0], tf.unique(n[0])[1]) + tf.zeros_like(n),
            "contrast": tf.image.adjust_contrast(x[..., None], 1.5),
            "norm": tf.math.reduce_euclidean_norm(x, [1, 2]),
            "norm_kept": tf.math.reduce_euclidean_norm(x, 1, keepdims=True),
            "sizes": tf.add_n(tf.shape_n([x[:, 0], x[:, 1]])) + tf.zeros_like(n[:, :2]),
            "fits": tf.broadcast_dynamic_shape(tf.shape(x)[1:], tf.constant([1])) + tf.zeros_like(n[:, :2]),
        }


CASES = {
    "resized": (built(Resized), {"x": normal(2, 7, 6, 2), "at": lambda random: np.array(2, "int32")}, {}),
    "numbers": (built(Numbers), {"x": normal(2, 3, 4), "n": lambda random: random.integers(-9, 9, (2, 4)).astype("int32")}, {}),
}
