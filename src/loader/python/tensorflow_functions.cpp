// Functions of TensorFlow 2.15 that compute with other functions, as expressions: their parameters, and what they return.
// Functions that need lists of unknown length, or operations of their own, are in loader/ops.
#include "loader/python/tables.h"

namespace keraunos::loader::python {

namespace {

constexpr WrittenFunction kFunctions[] = {
    // Constants, and TensorFlow 1's names of cast.
    {"tf.constant",
     "value, dtype=None, shape=None: K.filled(tf.convert_to_tensor(value) if dtype == None else tf.cast(value, dtype), shape)"},
    {"tf.ones", "shape, dtype='float32': K.filled(tf.cast(1, dtype), shape)"},
    {"tf.zeros", "shape, dtype='float32': K.filled(tf.cast(0, dtype), shape)"},
    {"tf.to_bfloat16", "x: tf.cast(x, 'bfloat16')"},
    {"tf.to_double", "x: tf.cast(x, 'float64')"},
    {"tf.to_float", "x: tf.cast(x, 'float32')"},
    {"tf.to_int32", "x: tf.cast(x, 'int32')"},
    {"tf.to_int64", "x: tf.cast(x, 'int64')"},
    // Numbers.
    {"tf.math.angle", "input: tf.where(input < 0, tf.cast(np.pi, input.dtype), tf.zeros_like(input))"},
    {"tf.math.imag", "input: tf.zeros_like(input)"},
    {"tf.math.erfcinv", "x: tf.cast(tf.math.erfinv(1 - tf.cast(x, 'float64')), x.dtype)"},
    {"tf.math.ndtri", "x: tf.cast(tf.math.erfinv(2 * tf.cast(x, 'float64') - 1) * math.sqrt(2), x.dtype)"},
    {"tf.math.invert_permutation", "x: tf.cast(tf.argsort(x), x.dtype)"},
    {"tf.math.is_non_decreasing", "x: K.steps_are(K.steps_of(tf.reshape(x, [-1])), False)"},
    {"tf.math.is_strictly_increasing", "x: K.steps_are(K.steps_of(tf.reshape(x, [-1])), True)"},
    {"K.steps_of", "x: x[1:] - x[:-1]"},
    {"K.steps_are", "steps, strictly: tf.reduce_all(steps > 0 if strictly else steps >= 0)"},
    {"tf.math.lbeta", "x: tf.reduce_sum(tf.math.lgamma(x), -1) - tf.math.lgamma(tf.reduce_sum(x, -1))"},
    {"tf.math.polyval", "coeffs, x: K.horner(coeffs[1:], x, coeffs[0])"},
    {"K.horner", "rest, x, sum: sum if len(rest) == 0 else K.horner(rest[1:], x, sum * x + rest[0])"},
    {"tf.math.reduce_euclidean_norm",
     "input_tensor, axis=None, keepdims=False: tf.sqrt(tf.reduce_sum(input_tensor * input_tensor, axis, keepdims))"},
    {"tf.math.scalar_mul", "scalar, x: scalar * x"},
    {"tf.math.zero_fraction", "value: tf.reduce_mean(tf.cast(tf.reshape(value == tf.zeros_like(value), [-1]), 'float32'))"},
    {"tf.math.confusion_matrix",
     "labels, predictions, num_classes=None, weights=None, dtype='int32': K.confused(tf.cast(tf.stack([tf.reshape(labels, [-1]), "
     "tf.reshape(predictions, [-1])], 1), 'int64'), num_classes, tf.ones_like(tf.reshape(labels, [-1]), dtype) if weights == "
     "None "
     "else tf.cast(tf.reshape(weights, [-1]), dtype))"},
    {"K.confused", "pairs, classes, weights: tf.scatter_nd(pairs, weights, [classes, classes])"},
    {"tf.clip_by_norm",
     "t, clip_norm, axes=None: t * clip_norm / tf.maximum(tf.sqrt(tf.reduce_sum(t * t, axes, True)), clip_norm)"},
    {"tf.clip_by_average_norm",
     "t, clip_norm: t * clip_norm * tf.minimum(np.prod(t.shape) / tf.sqrt(tf.reduce_sum(t * t)), 1 / clip_norm)"},
    {"tf.sequence_mask",
     "lengths, maxlen=None, dtype='bool': tf.cast(tf.range(maxlen) < tf.cast(tf.expand_dims(lengths, -1), 'int32'), dtype)"},
    {"tf.linspace", "start, stop, num, axis=0: ops.linspace(start, stop, num, True, False, None, axis)"},
    // Matrices.
    {"tf.linalg.adjoint", "matrix: tf.linalg.matrix_transpose(matrix)"},
    {"tf.linalg.cross", "a, b: ops.cross(a, b)"},
    {"tf.linalg.matvec",
     "a, b, transpose_a=False, adjoint_a=False: tf.squeeze(tf.matmul(a, tf.expand_dims(b, -1), transpose_a=transpose_a or "
     "adjoint_a), [-1])"},
    {"tf.linalg.normalize", "tensor, ord='euclidean', axis=None: K.with_norm(tensor, tf.norm(tensor, ord, axis, True))"},
    {"K.with_norm", "x, norm: [x / norm, norm]"},
    {"tf.linalg.trace", "x: tf.reduce_sum(tf.linalg.diag_part(x), [-1])"},
    // Images.
    {"tf.image.adjust_gamma",
     "image, gamma=1, gain=1: tf.image.convert_image_dtype(gain * K.as_image(image) ** gamma, image.dtype, True)"},
    {"K.as_image", "image: image if image.dtype == 'float16' else tf.image.convert_image_dtype(image, 'float32')"},
    {"tf.image.adjust_hue",
     "image, delta: tf.image.convert_image_dtype(K.hue_turned(tf.image.rgb_to_hsv(K.as_image(image)), delta), image.dtype)"},
    {"K.hue_turned",
     "hsv, delta: tf.image.hsv_to_rgb(tf.concat([tf.math.floormod(hsv[..., :1] + delta, 1.0), hsv[..., 1:]], -1))"},
    {"tf.image.adjust_saturation",
     "image, saturation_factor: tf.image.convert_image_dtype(K.saturated(tf.image.rgb_to_hsv(K.as_image(image)), "
     "saturation_factor), image.dtype)"},
    {"K.saturated",
     "hsv, factor: tf.image.hsv_to_rgb(tf.concat([hsv[..., :1], tf.clip_by_value(hsv[..., 1:2] * factor, 0.0, 1.0), "
     "hsv[..., 2:]], -1))"},
    {"tf.image.central_crop",
     "image, central_fraction: K.cropped(image, int((image.shape[-3] - image.shape[-3] * central_fraction) / 2), "
     "int((image.shape[-2] - image.shape[-2] * central_fraction) / 2))"},
    {"K.cropped", "x, top, left: x[..., top:x.shape[-3] - top, left:x.shape[-2] - left, :]"},
    {"tf.image.image_gradients", "image: [K.gradient(image, 1), K.gradient(image, 2)]"},
    {"K.gradient",
     "x, axis: tf.pad(x[:, 1:] - x[:, :-1], [[0, 0], [0, 1], [0, 0], [0, 0]]) if axis == 1 else tf.pad(x[:, :, 1:] - "
     "x[:, :, :-1], [[0, 0], [0, 0], [0, 1], [0, 0]])"},
    {"tf.image.psnr",
     "a, b, max_val: K.psnr_of(tf.math.squared_difference(K.wide_image(a), K.wide_image(b)), "
     "tf.image.convert_image_dtype(tf.cast(max_val, a.dtype), 'float32'))"},
    {"K.wide_image", "x: tf.image.convert_image_dtype(x, 'float32')"},
    {"K.psnr_of",
     "squares, most: 20 * tf.math.log(most) / math.log(10) - 10 / math.log(10) * tf.math.log(tf.reduce_mean(squares, "
     "[-3, -2, -1]))"},
    {"tf.image.resize_with_crop_or_pad",
     "image, target_height, target_width: K.padded(K.inner_part(image, max((image.shape[-3] - target_height) // 2, 0), "
     "max((image.shape[-2] - target_width) // 2, 0), min(target_height, image.shape[-3]), min(target_width, image.shape[-2])), "
     "max((target_height - image.shape[-3]) // 2, 0), max((target_width - image.shape[-2]) // 2, 0), target_height, "
     "target_width)"},
    {"K.inner_part", "x, top, left, height, width: x[..., top:top + height, left:left + width, :]"},
    {"K.padded", "x, top, left, height, width: tf.image.pad_to_bounding_box(x, top, left, height, width)"},
    {"tf.image.resize_with_pad",
     "image, target_height, target_width, method='bilinear', antialias=False: K.resized_by(image, max(image.shape[-2] / "
     "target_width, image.shape[-3] / target_height), target_height, target_width, method, antialias)"},
    {"K.resized_by",
     "image, ratio, height, width, method, antialias: K.padded(tf.image.resize(image, [int(image.shape[-3] / ratio), "
     "int(image.shape[-2] / ratio)], method, antialias=antialias), max(int(math.floor((height - image.shape[-3] / ratio) / 2)), "
     "0), max(int(math.floor((width - image.shape[-2] / ratio) / 2)), 0), height, width)"},
    {"tf.image.rgb_to_yiq",
     "images: tf.tensordot(images, [[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, "
     "0.31119955]], 1)"},
    {"tf.image.yiq_to_rgb",
     "images: tf.tensordot(images, [[1.0, 1.0, 1.0], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, "
     "1.70423049]], 1)"},
    {"tf.image.rgb_to_yuv",
     "images: tf.tensordot(images, [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, "
     "-0.10001026]], 1)"},
    {"tf.image.yuv_to_rgb",
     "images: tf.tensordot(images, [[1.0, 1.0, 1.0], [0.0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0.0]], 1)"},
    {"tf.image.rot90", "image, k=1: K.turned(image, k % 4)"},
    {"K.turned",
     "x, k: x if k == 0 else tf.image.transpose(x[..., ::-1, :]) if k == 1 else x[..., ::-1, ::-1, :] if k == 2 else "
     "tf.image.transpose(x[..., ::-1, :, :])"},
    {"tf.image.transpose", "image: tf.transpose(image, [1, 0, 2] if len(image.shape) == 3 else [0, 2, 1, 3])"},
    {"tf.image.total_variation",
     "images: tf.reduce_sum(tf.abs(images[..., 1:, :, :] - images[..., :-1, :, :]), [-3, -2, -1]) + "
     "tf.reduce_sum(tf.abs(images[..., 1:, :] - images[..., :-1, :]), [-3, -2, -1])"},
    // Parts of networks.
    {"tf.nn.atrous_conv2d",
     "value, filters, rate, padding: tf.nn.convolution(value, filters, 1, padding, dilations=[rate, rate])"},
    {"tf.nn.batch_normalization",
     "x, mean, variance, offset, scale, variance_epsilon: K.moved(x, mean, tf.math.rsqrt(variance + variance_epsilon) if scale "
     "== "
     "None else tf.math.rsqrt(variance + variance_epsilon) * scale, offset)"},
    {"K.moved", "x, mean, scale, offset: x * scale + (-mean * scale if offset == None else offset - mean * scale)"},
    {"tf.nn.batch_norm_with_global_normalization",
     "input, mean, variance, beta, gamma, variance_epsilon, scale_after_normalization: tf.nn.batch_normalization(input, mean, "
     "variance, beta, gamma if scale_after_normalization else None, variance_epsilon)"},
    {"tf.nn.crelu", "features, axis=-1: tf.nn.relu(tf.concat([features, -features], axis))"},
    {"tf.nn.embedding_lookup",
     "params, ids, partition_strategy='mod', validate_indices=True, max_norm=None: tf.gather(params, ids) if max_norm == None "
     "else "
     "tf.clip_by_norm(tf.gather(params, ids), max_norm, range(len(ids.shape), len(ids.shape) + len(params.shape) - 1))"},
    {"tf.nn.l2_loss", "t: tf.reduce_sum(t * t) / 2"},
    {"tf.nn.log_poisson_loss",
     "targets, log_input, compute_full_loss=False: tf.exp(log_input) - log_input * targets + (K.stirling(targets) if "
     "compute_full_loss else 0)"},
    {"K.stirling",
     "z: tf.where((z >= 0) & (z <= 1), tf.zeros_like(z), z * tf.math.log(z) - z + 0.5 * tf.math.log(2 * math.pi * z))"},
    {"tf.nn.relu_layer", "x, weights, biases: tf.nn.relu(tf.nn.bias_add(tf.matmul(x, weights), biases))"},
    {"tf.nn.xw_plus_b", "x, weights, biases: tf.nn.bias_add(tf.matmul(x, weights), biases)"},
    {"tf.nn.scale_regularization_loss", "regularization_loss: tf.reduce_sum(regularization_loss)"},
    {"tf.nn.sigmoid_cross_entropy_with_logits",
     "labels, logits: tf.nn.relu(logits) - logits * labels + tf.math.log1p(tf.exp(-tf.abs(logits)))"},
    {"tf.nn.weighted_cross_entropy_with_logits",
     "labels, logits, pos_weight: (1 - labels) * logits + (1 + (pos_weight - 1) * labels) * "
     "(tf.math.log1p(tf.exp(-tf.abs(logits))) + tf.nn.relu(-logits))"},
    {"tf.nn.softmax_cross_entropy_with_logits",
     "labels, logits, axis=-1: -tf.reduce_sum(tf.cast(labels, logits.dtype) * tf.nn.log_softmax(logits, axis), axis)"},
    {"tf.nn.softmax_cross_entropy_with_logits_v2",
     "labels, logits, axis=None, dim=None: tf.nn.softmax_cross_entropy_with_logits(labels, logits, -1 if axis == None and dim == "
     "None else dim if axis == None else axis)"},
    {"tf.nn.sparse_softmax_cross_entropy_with_logits",
     "labels, logits: -tf.gather(tf.nn.log_softmax(logits), labels, batch_dims=len(labels.shape))"},
    {"tf.nn.compute_average_loss",
     "per_example_loss, sample_weight=None, global_batch_size=None: tf.reduce_sum(per_example_loss if sample_weight == None else "
     "per_example_loss * sample_weight) / (np.prod(per_example_loss.shape[:1]) if global_batch_size == None else "
     "global_batch_size)"},
    {"tf.nn.normalize_moments",
     "counts, mean_ss, variance_ss, shift: K.normalised_moments(mean_ss / counts, variance_ss / counts, shift)"},
    {"K.normalised_moments", "mean, square, shift: [mean if shift == None else mean + shift, square - mean * mean]"},
    {"tf.nn.weighted_moments",
     "x, axes, frequency_weights, keepdims=False, keep_dims=None: K.weighted(x, axes, frequency_weights + tf.zeros_like(x), "
     "keepdims or keep_dims)"},
    {"K.weighted",
     "x, axes, w, keep: K.spread(x, axes, w, tf.reduce_sum(w * x, axes, True) / tf.reduce_sum(w, axes, True), keep)"},
    {"K.spread",
     "x, axes, w, mean, keep: [tf.reduce_sum(w * x, axes, keep) / tf.reduce_sum(w, axes, keep), tf.reduce_sum(w * "
     "tf.math.squared_difference(x, mean), axes, keep) / tf.reduce_sum(w, axes, keep)]"},
};

}  // namespace

std::span<const WrittenFunction> tensorflow_functions() { return kFunctions; }

}  // namespace keraunos::loader::python
