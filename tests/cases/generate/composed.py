"""Functions of TensorFlow that combine others: each becomes one layer of Keras 2."""

import numpy as np

from generate.building import KERAS, Input, Model, keras
from generate.oracle import tf

ops = getattr(keras, "ops", None)


def numbers():
    x, y = Input((4, 6), name="x"), Input((4, 6), name="y")
    positive = tf.abs(x) + 0.5
    outputs = [
        tf.norm(x, axis=-1),
        tf.norm(x, ord=1, axis=1, keepdims=True),
        tf.norm(x, ord=np.inf, axis=[1, 2]),
        tf.norm(x, ord=1, axis=[-2, -1]),
        tf.norm(x, ord="fro", axis=[-2, -1], keepdims=True),
        tf.norm(x, ord=3.0, axis=2),
        tf.norm(x) * tf.ones_like(x[:, 0, :1]),
        tf.realdiv(x, positive),
        tf.math.angle(x),
        tf.math.imag(x),
        tf.math.erfcinv(tf.sigmoid(x)),
        tf.math.ndtri(tf.sigmoid(x)),
        tf.math.lbeta(positive),
        tf.math.polyval([x, y, 2.0 * x], y),
        tf.math.reduce_euclidean_norm(x, axis=1),
        tf.math.scalar_mul(1.5, x),
        tf.clip_by_norm(x, 1.5, axes=[1]),
        tf.linalg.normalize(x, axis=-1)[0],
        tf.linalg.normalize(x, ord=1, axis=-1)[1],
        tf.nn.crelu(x),
        tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.sigmoid(x), logits=y),
        tf.nn.weighted_cross_entropy_with_logits(labels=tf.sigmoid(x), logits=y, pos_weight=2.5),
        tf.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(x), logits=y),
        tf.nn.log_poisson_loss(positive, y, compute_full_loss=True),
        tf.slice(x, [0, 1, 2], [-1, 2, 3]),
        tf.strided_slice(x, [0, 3, 0], [3, 0, 6], [1, -2, 2]),
        tf.ensure_shape(x, [None, 4, 6]),
        tf.linspace(x[:, :, 0], y[:, :, 0], 5, axis=-1),
        *tf.nn.weighted_moments(x, [1], positive),
        tf.nn.batch_normalization(x, tf.reduce_mean(x, 1, keepdims=True), 2.0, 0.5, y, 0.001),
    ]
    return Model([x, y], outputs)


def spectrum():
    """Complex numbers between the layers."""
    x = Input((40,), name="x")
    short = tf.signal.stft(x, 16, 8)
    whole = tf.signal.fft(tf.complex(x, 0.5 * x[:, ::-1]))
    outputs = [
        tf.abs(short),
        tf.math.real(short[:, 1:] * tf.math.conj(short[:, :-1])),
        tf.math.angle(whole[:, 1:12] / tf.cast(tf.abs(whole[:, 1:12]) + 0.5, tf.complex64)),
        tf.math.imag(tf.concat([whole, -whole], 1)),
        tf.signal.inverse_stft(short, 16, 8),
        tf.abs(tf.signal.fftshift(whole, axes=1)),
    ]
    return Model(x, outputs)


def over_all_rows():
    """Functions of all elements, whose rows depend on each other."""
    x = Input((4,), name="x")
    ids = tf.cast(tf.clip_by_value(tf.abs(x[:, 0]) * 2.0, 0.0, 2.0), "int32")
    clipped, norm = tf.clip_by_global_norm([x, 2.0 * x[:, :2]], 1.5)
    outputs = [
        tf.math.zero_fraction(tf.nn.relu(x)),
        tf.nn.l2_loss(x),
        tf.math.is_non_decreasing(x),
        tf.math.is_strictly_increasing(tf.cumsum(tf.abs(x[0]) + 0.5)),
        tf.math.confusion_matrix(ids, ids[::-1], num_classes=3),
        tf.linalg.global_norm([x, x[:, :1]]),
        *clipped,
        norm,
        tf.nn.compute_average_loss(x[:, 0], global_batch_size=4),
    ]
    return Model(x, outputs)


def matrices():
    x, v = Input((4, 4), name="x"), Input((4,), name="v")
    outputs = [
        tf.linalg.trace(x),
        tf.linalg.cross(x[:, :, :3], x[:, :, 1:]),
        tf.linalg.adjoint(x[:, :2]),
        tf.linalg.matvec(x, v),
        tf.linalg.matvec(x, v, transpose_a=True),
        tf.linalg.diag(v),
        tf.linalg.diag(v, k=1, padding_value=7.0),
        tf.linalg.diag(v, k=-2),
        tf.linalg.diag(v, num_rows=4, num_cols=6),
        tf.linalg.set_diag(x, v),
        tf.linalg.set_diag(x, v[:, :3], k=-1),
        tf.linalg.set_diag(x[:, :2], v[:, :2], k=2),
        tf.linalg.tensor_diag(v[0]),
        tf.linalg.tensor_diag_part(x[0]),
        tf.compat.v1.nn.xw_plus_b(v, x[0], v[0]),
        tf.compat.v1.nn.relu_layer(v, x[0], v[0]),
        tf.reverse_sequence(x, tf.cast(tf.clip_by_value(v[:, 0] * 3.0 + 2.0, 0.0, 4.0), "int32"), seq_axis=1),
        tf.reverse_sequence(x, tf.cast(tf.clip_by_value(v[0] * 2.0 + 1.0, 0.0, 3.0), "int32"), seq_axis=2, batch_axis=1)[:, :, :3],
        tf.sequence_mask(tf.cast(tf.abs(v) * 2.0, "int32"), maxlen=5),
        tf.linalg.diag(tf.cast(v * 3.0, "int32")),
    ]
    return Model([x, v], outputs)


def images():
    x, y = Input((6, 5, 3), name="x"), Input((6, 5, 3), dtype="uint8", name="y")
    image = tf.image
    outputs = [
        image.adjust_gamma(x, 0.5, 1.5),
        image.adjust_gamma(y, 2.0),
        image.adjust_hue(x, 0.3),
        image.adjust_saturation(x, 0.5),
        image.central_crop(x, 0.5),
        image.convert_image_dtype(x, "uint8", saturate=True),
        image.convert_image_dtype(y, "float32"),
        image.convert_image_dtype(y, "uint16"),
        *image.image_gradients(x),
        image.psnr(x, x[:, ::-1], 1.0),
        image.resize_with_crop_or_pad(x, 4, 8),
        image.resize_with_pad(x, 4, 8),
        image.rgb_to_yiq(x),
        image.yiq_to_rgb(x),
        image.rgb_to_yuv(x),
        image.yuv_to_rgb(x),
        image.rot90(x),
        image.rot90(x, k=3),
        image.transpose(x[0]),
        image.total_variation(x),
        tf.nn.atrous_conv2d(x, x[0, :2, :2, :, None] * 0.5, 2, "VALID"),
    ]
    return Model([x, y], outputs)


def feed_images(random):
    x = random.uniform(0.05, 0.95, (2, 6, 5, 3)).astype("float32")
    return [x, (random.uniform(0, 1, (2, 6, 5, 3)) * 255).astype("uint8")]


def integers():
    x, y = Input((4,), dtype="int32", name="x"), Input((4,), dtype="int32", name="y")
    divisor = tf.where(tf.equal(y, 0), tf.ones_like(y), y)
    outputs = [
        tf.truncatediv(x, divisor),
        tf.truncatemod(x, divisor),
        tf.nn.embedding_lookup(tf.cast(y, "float32")[0], tf.abs(x) % 4),
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.abs(x[:, 0]) % 4, logits=tf.cast(y, "float32")),
        tf.math.invert_permutation(tf.argsort(x[0])),
    ]
    return Model([x, y], outputs)


def cases(add):
    two = (2,)
    add("composed_numbers", numbers, keras=two, float64=False)
    add("composed_spectrum", spectrum, keras=two, float64=False)
    add("composed_over_rows", over_all_rows, keras=two, same_rows=True, float64=False)
    add("composed_matrices", matrices, keras=two, float64=False)
    add("composed_images", images, keras=two, feed=feed_images, float64=False)
    add("composed_integers", integers, keras=two, feed=lambda random: list(random.integers(-9, 9, (2, 3, 4)).astype("int32")))
    if KERAS == 3:
        x = lambda: Input((1, 1, 1, 2), name="x")  # noqa: E731
        y = lambda: Input((1, 1, 2, 1), name="y")  # noqa: E731
        add("kron_five_axes", lambda: kron_of(x(), y()), keras=(3,))


def kron_of(x, y):
    return Model([x, y], [ops.kron(x, y), ops.kron(y, x[0])])
