"""Lambda layers with straight-line code, grouped by the functions that users call. Code objects contain the name of the file
from which they were compiled, so that every function is compiled from a text here. Python 3.11 writes them;
tests/unit/loader/python has those of other versions."""

import numpy as np  # noqa: F401 - the lambdas' own

from generate.building import KERAS, Input, L, Model, keras
from generate.oracle import tf

K = keras.backend
ops = getattr(keras, "ops", None)

BOTH = {
    "scaled": "lambda x: x / 255.",
    "shifted": "lambda x: (x - 0.5) * 2 + -x ** 2",
    "last": "lambda x: x[:, -1, :]",
    "ends": "lambda x: tf.concat([x[:, :1], x[:, -2:]], axis=1)",
    "every_other": "lambda x: x[..., ::2]",
    "reversed": "lambda x: x[:, ::-1, None]",
    "mean_of_time": "lambda x: tf.reduce_mean(x, 1)",
    "flat": "lambda x: tf.reshape(x, [-1, x.shape[1] * x.shape[2]])",
    "flat_by_list": "lambda x: tf.reshape(x, (-1,) + (np.prod(x.shape[1:]),))",
    "gram": "lambda x: tf.matmul(x, x, transpose_b=True) / float(x.shape[-1])",
    "at": "lambda x: x @ tf.transpose(x, perm=[0, 2, 1])",
    "normal": "lambda x: tf.nn.l2_normalize(x, axis=-1)",
    "soft": "lambda x: tf.nn.softmax(x * 3., axis=1)",
    "squared": "lambda x: tf.square(tf.math.sin(x)) + tf.sqrt(tf.abs(x))",
    "kept": "lambda x: tf.where(x > 0, x, tf.zeros_like(x))",
    "flags": "lambda x: tf.cast((x > -0.5) & ~(x > 0.5), tf.float32)",
    "clipped": "lambda x: tf.clip_by_value(x, -0.5, 0.5)",
    "with_default": "lambda x, factor=3, shift=(1, 2): x * factor - shift[1]",
    "of_closure": "(lambda k, names: lambda x: x * k + len(names))(2.5, ['a', 'b'])",
    "padded": "lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 0]], constant_values=1.)",
    "tiled": "lambda x: tf.tile(x, [1, 2, 1])[:, 1:4]",
    "split": "lambda x: tf.split(x, 2, axis=-1)[1]",
    "rolled": "lambda x: tf.roll(x, shift=1, axis=1) - x",
    "numbers": "lambda x: x * (7 // 2 - 3 ** 2 % 4 + abs(-2)) / np.sqrt(2.) - np.pi",
    "one_hot": "lambda x: tf.one_hot(tf.argmax(x, axis=-1), 4)",
}

BACKEND = {
    "mean": "lambda x: K.mean(x, axis=1)",
    "kept_sum": "lambda x: K.sum(x, axis=-1, keepdims=True)",
    "deviation": "lambda x: (x - K.mean(x)) / (K.std(x) + K.epsilon())",
    "expanded": "lambda x: K.expand_dims(x)",
    "squeezed": "lambda x: K.squeeze(K.max(x, axis=1, keepdims=True), 1)",
    "unit": "lambda x: K.l2_normalize(x, axis=-1)",
    "repeated": "lambda x: K.repeat_elements(x, 2, 1)",
    "batch_dot": "lambda x: K.batch_dot(x, x, axes=[2, 2])",
    "batch_dot_default": "lambda x: K.batch_dot(x, K.permute_dimensions(x, (0, 2, 1)))",
    "dotted": "lambda x: K.dot(x, K.constant([[1., 2.], [0., -1.], [3., 1.], [1., 1.]]))",
    "relus": "lambda x: K.relu(x) + K.relu(x, max_value=0.3) + K.relu(x, alpha=0.1) + K.relu(x, alpha=0.2, threshold=0.3)",
    "capped": "lambda x: K.relu(x, alpha=0.2, max_value=0.5, threshold=0.1)",
    "elu": "lambda x: K.elu(x) + K.elu(x, 0.5)",
    "sigmoids": "lambda x: K.sigmoid(x) + K.hard_sigmoid(x) - K.tanh(x) * K.softplus(x)",
    "concatenated": "lambda x: K.concatenate([x, K.zeros_like(x), K.ones_like(x)])",
    "stacked": "lambda x: K.stack([x, K.reverse(x, 1)], axis=1)",
    "logs": "lambda x: K.log(K.clip(K.abs(x), K.epsilon(), 1.)) + K.exp(x) + K.sqrt(x) + K.pow(x, 2)",
    "shaped": "lambda x: K.reshape(x, (-1, K.int_shape(x)[1], 2, K.int_shape(x)[2] // 2))",
    "flattened": "lambda x: K.batch_flatten(x)",
    "compared": "lambda x: K.cast(K.greater(x, 0.1), 'float32') + K.cast(K.equal(x, x), 'float32')",
    "padded_backend": "lambda x: K.temporal_padding(x, (2, 1))",
    "norm": "lambda x: tf.norm(x, axis=-1)",
    "phase": "lambda x: K.in_train_phase(x * 0, x)",
    "cumulative": "lambda x: K.cumsum(x, axis=1) + K.prod(x, axis=1, keepdims=True) - K.var(x, axis=-1, keepdims=True)",
}

OPS = {
    "ops_mean": "lambda x: ops.mean(x, axis=1)",
    "ops_concatenate": "lambda x: ops.concatenate([x, ops.relu(x)], axis=-1)",
    "ops_einsum": "lambda x: ops.einsum('btf,bsf->bts', x, x)",
    "ops_average": "lambda x: ops.average(x, axis=1)",
    "ops_norm": "lambda x: ops.norm(x, axis=-1, keepdims=True)",
    "ops_moved": "lambda x: ops.moveaxis(ops.expand_dims(x, 1), 1, -1)",
    "ops_clip": "lambda x: ops.clip(x, -0.2, 0.2) + ops.log_softmax(x)",
    "ops_linspace": "lambda x: x * ops.cast(ops.arange(4), x.dtype) + ops.full_like(x, 0.5)",
    "ops_split": "lambda x: ops.split(x, 2, axis=-1)[0] - ops.take(x, [0, 2], axis=-1)",
    "keras_ops": "lambda x: keras.ops.silu(x) + keras.activations.gelu(x)",
}

MANY = {
    "sum_of_two": "lambda t: t[0] + t[1] * 2",
    "joined": "lambda t: tf.concat([t[0], t[1][:, -1:]], 1)",
    "unpacked": "def f(t):\n    a, b = t\n    total = a + b\n    return total * total",
    "two_results": "lambda t: [t[0] - t[1], t[0] / (abs(t[1]) + 1.)]",
    "imported": "def f(t):\n    import tensorflow as tf\n    return tf.maximum(t[0], t[1])",
}


def compiled(text):
    if not text.startswith("def"):
        return eval(compile(text, "lambda", "eval"), globals())
    found = dict(globals())
    exec(compile(text, "lambda", "exec"), found)
    found["f"].__globals__.update(globals())
    return found["f"]


def of_one(table):
    x = Input((5, 4), name="x")
    return Model(x, [L.Lambda(compiled(text), name=name)(x) for name, text in table.items()])


def of_two():
    a, b = Input((5, 4), name="a"), Input((5, 4), name="b")
    results = []
    for name, text in MANY.items():
        if KERAS == 3 and text.startswith("def"):
            continue  # saved as a name
        y = L.Lambda(compiled(text), name=name)([a, b])
        results += y if isinstance(y, (list, tuple)) else [y]
    return Model([a, b], results)


def with_arguments():
    x = Input((4,), name="x")
    y = L.Lambda(compiled("lambda x, factor, shift=1.: x * factor + shift"), arguments={"factor": 3, "shift": 0.5}, name="told")(x)
    return Model(x, L.Lambda(compiled("lambda x, training=None: K.in_train_phase(x * 2, x, training)"), name="phase")(y))


def with_masks():
    """A Lambda does not pass a mask on; a function with a parameter `mask` gets it."""
    ids = Input((6,), dtype="int32", name="ids")
    x = L.Embedding(5, 3, mask_zero=True, name="embedding")(ids)
    masked = compiled("lambda x, mask=None: x * tf.cast(mask[:, :, None], x.dtype)")
    seen = L.Lambda(masked, output_shape=(6, 3), name="seen")(x)
    dropped = L.LSTM(2, name="without")(L.Lambda(compiled("lambda x: x * 1.5"), name="same")(x))
    return Model(ids, [seen, dropped, L.LSTM(2, name="with")(x)])


def few_words(random):
    words = random.integers(1, 5, (3, 6)).astype("int32")
    words[1, 2:] = 0
    return words


def cases(add):
    forms = {"formats": ("keras", "h5"), "safe_mode": False}
    add("lambda_tensorflow", lambda: of_one(BOTH), **forms)
    add("lambda_backend", lambda: of_one(BACKEND), keras=(2,), same_rows=True, **forms)
    add("lambda_keras_ops", lambda: of_one(OPS), keras=(3,), same_rows=True, **forms)
    add("lambda_of_several", of_two, **forms)
    add("lambda_with_arguments", with_arguments, keras=(2,), **forms)
    add("lambda_masks", with_masks, feed=few_words, **forms)
    add("lambda_saved_model", lambda: of_one({"mean": BACKEND["mean"]}), keras=(2,), formats=("tf",))
    add(
        "refuse_lambda_random",
        lambda: of_one({"noisy": "lambda x: x + K.random_normal(K.shape(x))"}),
        keras=(2,),
        formats=("h5",),
        expect_error="it calls K.random_normal, which is not known here",
    )
    add(
        "refuse_lambda_loop",
        lambda: of_one({"summed": "lambda x: sum([x[:, i] for i in range(3)])"}),
        keras=(2,),
        formats=("h5",),
        expect_error="cannot be translated",
        expect_also=["summed", "Python 3.11", "LOAD_GLOBAL 1 (sum)"],
    )
    add("refuse_lambda_safe_mode", lambda: of_one({"scaled": BOTH["scaled"]}), expect_error="safe_mode", expect_also=["scaled"])
