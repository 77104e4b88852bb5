"""Functions of keras.ops that test_ops.py runs with keraunos.ops, and what real Keras makes of them:

    python ops_bodies.py FOLDER        with Keras 3.15 on TensorFlow; writes ops_bodies.npz, ops_bodies.keras and ops_custom.keras

ops_bodies.keras adds its inputs `a` and `b` in the layer "body", which the test replaces by each function of bodies(); ops_custom.keras has
a custom layer, a custom activation and a custom loss, whose bodies are those of custom()."""

import pathlib
import sys
import zipfile

import numpy as np


def bodies(ops):
    """Functions of [a, b], both (N, 3, 4) float32."""
    table = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)
    doubles = np.linspace(0, 1, 4)

    def operators(inputs):
        a, b = inputs
        return (2 * a - b / 3) ** 2 + (a // 0.5) % 2 - (-b) * abs(a) + (1 - a) + 2 / (b + 3) + 2**a

    def comparisons(inputs):
        a, b = inputs
        mixed = ((a < b) & (a >= 0)) | ~(b <= 0.5) ^ (a > 1)
        return ops.where(mixed, ops.cast(a == b, "float32"), ops.cast(a != b, float) * 2)

    def slices(inputs):
        a, b = inputs
        return ops.concatenate([a[:, -1, ::2], b[..., 1:3][:, 0], a[:, None, 0, 1], b[:, 0, :-1:2]], axis=-1)

    def shapes(inputs):
        a, b = inputs
        rows, steps, features = ops.shape(a)
        if steps == 3 and len(a.shape) == 3 and a.ndim == 3 and a.dtype == "float32":
            a = ops.transpose(a, (0, 2, 1))
        return ops.reshape(a, (-1, steps * features)) * float(features) ** -0.5 + ops.reshape(b, (rows, steps * features))

    def attention(inputs):
        a, b = inputs
        scores = ops.softmax(ops.einsum("nqd,nkd->nqk", a, b) / ops.sqrt(ops.cast(ops.shape(a)[-1], "float32")), axis=-1)
        return ops.matmul(scores, b)

    def shared(inputs):  # as text each turn would double it
        y = inputs[0]
        for _ in range(40):
            y = ops.tanh(y) * 0.5 + y * 0.5
        return y

    def arrays(inputs):
        return inputs[0] @ table + np.float32(0.5) - table[1] * inputs[1][..., :3]

    def promotion(inputs):
        a, _ = inputs
        whole = ops.cast(a * 10, "int32")
        return ops.add(ops.add(ops.multiply(whole, 2.5), ops.floor_divide(whole, 3)), doubles)

    def made(inputs):
        return ops.matmul(inputs[0], ops.eye(4) + ops.ones((4, 4))) + ops.zeros((4,)) + ops.convert_to_tensor([1, 2, 3, 4], "float32") + ops.arange(4, dtype="float32")

    def several(inputs):
        parts = ops.split(inputs[0], 2, axis=-1)
        values, places = ops.top_k(inputs[1], 2)
        return parts[0] * values + parts[1] * ops.cast(places, "float32")

    def reductions(inputs):
        a, b = inputs
        return ops.mean(a, axis=1) + ops.max(b, axis=(1,), keepdims=False) + ops.logsumexp(a, axis=1) - ops.std(b, axis=1) + ops.sum(a * b, 1)

    def networks(inputs):
        a, b = inputs
        y = ops.conv(a, np.ones((2, 4, 4), np.float32) * 0.1, strides=1, padding="same")
        return ops.gelu(y, approximate=False) + ops.nn.silu(b) + ops.leaky_relu(a, negative_slope=0.3) + ops.one_hot(ops.argmax(b, axis=-1), 4)

    def taken(inputs):
        a, b = inputs
        order = ops.argsort(a, axis=-1)
        return ops.take_along_axis(b, order, axis=-1) + ops.take(a, [3, 2, 1, 0], axis=-1) + ops.cumsum(ops.flip(b, axis=1), axis=1)

    def normalised(inputs):
        return ops.layer_normalization(inputs[0]) + ops.normalize(inputs[1], axis=-1, order=2) + ops.clip(inputs[0], -0.5, x_max=0.5)

    return {name: body for name, body in locals().items() if callable(body) and body is not ops}


def custom(ops):
    def scaled(x, *, kernel, factor, **_):
        return ops.matmul(x, kernel) * factor

    def gate(x):
        return x * ops.sigmoid(1.702 * x)

    def tilted(y_true, y_pred, *, q=0.3):
        error = y_true - y_pred
        return ops.mean(ops.maximum(q * error, (q - 1) * error), axis=-1)

    return scaled, gate, tilted


def deflate(path):
    """Small files for the repository."""
    with zipfile.ZipFile(path) as stored:
        members = [(name, stored.read(name)) for name in stored.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def main(folder):
    import keras

    folder = pathlib.Path(folder)
    random = np.random.default_rng(6)
    a, b = (random.normal(size=(5, 3, 4)).astype("float32") for _ in range(2))
    b[0, 0] = a[0, 0]
    results = {name: np.asarray(body([keras.ops.convert_to_tensor(a), keras.ops.convert_to_tensor(b)])) for name, body in bodies(keras.ops).items()}
    inputs = [keras.Input((3, 4), name=name) for name in "ab"]
    keras.Model(inputs, keras.layers.Add(name="body")(inputs)).save(folder / "ops_bodies.keras")

    scaled_body, gate_body, tilted_body = custom(keras.ops)

    @keras.saving.register_keras_serializable("Shop")
    class Scaled(keras.layers.Layer):
        def __init__(self, units, factor, **options):
            super().__init__(**options)
            self.units, self.factor = units, factor

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")

        def call(self, x):
            return scaled_body(x, kernel=self.kernel, factor=self.factor)

        def get_config(self):
            return {**super().get_config(), "units": self.units, "factor": self.factor}

    @keras.saving.register_keras_serializable("Shop")
    def gate(x):
        return gate_body(x)

    @keras.saving.register_keras_serializable("Shop")
    def tilted(y_true, y_pred):
        return tilted_body(y_true, y_pred)

    keras.utils.set_random_seed(3)
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(2, activation=gate, name="gated")(Scaled(4, 0.75, name="scaled")(x)))
    model.compile(loss=tilted)
    model.save(folder / "ops_custom.keras")
    x, y = random.normal(size=(6, 3)).astype("float32"), random.normal(size=(6, 2)).astype("float32")
    results.update(custom_x=x, custom_y=y, custom_result=model.predict(x, verbose=0), custom_loss=model.evaluate(x, y, batch_size=6, verbose=0))
    deflate(folder / "ops_bodies.keras")
    deflate(folder / "ops_custom.keras")
    np.savez_compressed(folder / "ops_bodies.npz", a=a, b=b, **results)


if __name__ == "__main__":
    main(sys.argv[1])
