"""keras-contrib, which runs with no Keras used here: the formulas of its layers, with the names and configs of its files."""

from generate.building import KERAS, Input, L, Model, chain, keras, variants
from generate.oracle import tf


class InstanceNormalization(L.Layer):
    """(x - mean) / (deviation + epsilon) of each sample, over all axes or all but one; then gamma and beta."""

    def __init__(self, axis=None, epsilon=1e-3, center=True, scale=True, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.own = {"axis": axis, "epsilon": epsilon, "center": center, "scale": scale}

    def get_config(self):
        return {**super().get_config(), **self.own}

    def build(self, shape):
        axis = self.own["axis"]
        size = (1,) if axis is None else (shape[axis],)
        self.gamma = self.add_weight(name="gamma", shape=size, initializer="ones") if self.own["scale"] else None
        self.beta = self.add_weight(name="beta", shape=size, initializer="zeros") if self.own["center"] else None

    def call(self, x):
        backend, axis, rank = keras.backend, self.own["axis"], len(x.shape)
        kept = {0} if axis is None else {0, axis % rank}
        others = [i for i in range(rank) if i not in kept]
        spread = [1 if i in others or i == 0 else x.shape[i] for i in range(rank)]
        centred = x - backend.mean(x, others, keepdims=True)
        deviation = backend.sqrt(backend.mean(backend.square(centred), others, keepdims=True))
        y = centred / (deviation + self.own["epsilon"])
        if self.gamma is not None:
            y = y * backend.reshape(self.gamma, spread)
        return y if self.beta is None else y + backend.reshape(self.beta, spread)


class SineReLU(L.Layer):
    def __init__(self, epsilon=0.0025, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking, self.epsilon = True, epsilon

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}

    def call(self, x):
        return tf.maximum(self.epsilon * (tf.sin(x) - tf.cos(x)), x)


class Swish(L.Layer):
    def __init__(self, initial_beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking, self.initial_beta = True, initial_beta

    def get_config(self):
        return {**super().get_config(), "initial_beta": self.initial_beta}

    def build(self, shape):
        self.beta = self.add_weight(name="beta", shape=[1], initializer="ones")

    def call(self, x):
        return x * tf.sigmoid(self.beta * x)


class CRF(L.Layer):
    """Energies of tags and of pairs of tags; the least sum is the best path, exp(-sum) how probable it is."""

    def __init__(self, units, learn_mode="join", test_mode=None, use_boundary=True, use_bias=True, activation="linear", **kwargs):
        stated = {"sparse_target": kwargs.pop("sparse_target", False), "input_dim": kwargs.pop("input_dim", None), "unroll": kwargs.pop("unroll", False)}
        super().__init__(**kwargs)
        self.supports_masking = True
        test_mode = test_mode or ("viterbi" if learn_mode == "join" else "marginal")
        self.own = {"units": units, "learn_mode": learn_mode, "test_mode": test_mode, "use_boundary": use_boundary}
        self.own |= {"use_bias": use_bias, "activation": activation, **stated}

    def get_config(self):
        return {**super().get_config(), **self.own}

    def build(self, shape):
        units = self.own["units"]
        self.own["input_dim"] = shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], units))
        self.chain_kernel = self.add_weight(name="chain_kernel", shape=(units, units))
        self.bias = self.add_weight(name="bias", shape=(units,)) if self.own["use_bias"] else 0.0
        if self.own["use_boundary"]:
            self.left_boundary = self.add_weight(name="left_boundary", shape=(units,))
            self.right_boundary = self.add_weight(name="right_boundary", shape=(units,))

    def compute_mask(self, x, mask=None):
        return None

    @staticmethod
    def earlier(x):
        return tf.concat([x[:, 1:], tf.zeros_like(x[:, :1])], 1)

    @staticmethod
    def later(x):
        return tf.concat([tf.zeros_like(x[:, :1]), x[:, :-1]], 1)

    def energies(self, x, mask):
        y = keras.activations.get(self.own["activation"])(tf.matmul(x, self.kernel) + self.bias)
        if not self.own["use_boundary"]:
            return y
        if mask is None:
            first = tf.cast(tf.one_hot(0, x.shape[1]), y.dtype)[None, :, None]
            last = tf.cast(tf.one_hot(x.shape[1] - 1, x.shape[1]), y.dtype)[None, :, None]
        else:
            seen = tf.cast(mask, y.dtype)[..., None]
            first = tf.cast(seen > self.later(seen), y.dtype)
            last = tf.cast(self.earlier(seen) > seen, y.dtype)
        return y + first * self.left_boundary + last * self.right_boundary

    def recursion(self, energies, mask, step):
        mask = None if mask is None else tf.cast(mask, energies.dtype)
        carried, kept = tf.zeros_like(energies[:, 0]), []
        for t in range(energies.shape[1]):
            now, chain = energies[:, t], self.chain_kernel[None]
            if mask is not None:
                following = mask[:, t + 1] if t + 1 < energies.shape[1] else tf.zeros_like(mask[:, 0])
                now, chain = now * mask[:, t, None], chain * (mask[:, t] * following)[:, None, None]
            carried, result = step(chain, now, carried)
            kept.append(result)
        return tf.stack(kept, 1)

    def call(self, x, mask=None):
        energies = self.energies(x, mask)
        if self.own["test_mode"] == "marginal":
            return self.marginal(energies, mask)

        def least(chain, now, carried):
            sums = chain + (now + carried)[..., None]
            return tf.reduce_min(sums, 1), tf.argmin(sums, 1, output_type=tf.int32)

        tables = self.recursion(energies, mask, least)
        tag, path = tables[:, -1, 0], []
        for t in reversed(range(x.shape[1])):
            tag = tf.gather(tables[:, t], tag, axis=1, batch_dims=1)
            path.insert(0, tag)
        return tf.one_hot(tf.stack(path, 1), self.own["units"])

    def marginal(self, energies, mask):
        def summed(chain, now, carried):
            y = tf.reduce_logsumexp(-(chain + (now - carried)[..., None]), 1)
            return y, y

        forward = self.recursion(energies, mask, summed)
        turned = None if mask is None else tf.reverse(mask, [1])
        backward = tf.reverse(self.recursion(tf.reverse(energies, [1]), turned, summed), [1])
        if mask is not None:
            energies = energies * tf.cast(mask, energies.dtype)[..., None]
        return tf.nn.softmax(-(self.later(forward) + energies + self.earlier(backward)))


def fields(add):
    def tagged(masks, **own):
        x = Input((5,), dtype="int32", name="x")
        y = L.Embedding(9, 4, mask_zero=masks, name="embedding")(x)
        return Model(x, CRF(3, name="crf", **own)(y))

    def padded(r):
        ids = r.integers(1, 9, (5, 5)).astype("int32")
        ids[1, 3:], ids[2, :2], ids[3, 1:] = 0, 0, 0
        return [ids]

    own = {"feed": padded, "formats": ("h5",)}
    for name, masks in (("masked", True), ("plain", False)):
        add(f"contrib_crf_{name}", lambda masks=masks: tagged(masks, sparse_target=True), **own)
        add(f"contrib_crf_{name}_marginal", lambda masks=masks: tagged(masks, learn_mode="marginal", activation="tanh"), **own)
    add("contrib_crf_bare", lambda: tagged(False, use_boundary=False, use_bias=False), **own)


def cases(add):
    if KERAS != 2:
        return
    keras.utils.get_custom_objects()["InstanceNormalization"] = InstanceNormalization
    keras.utils.get_custom_objects().update({"CRF": CRF, "Swish": Swish, "SineReLU": SineReLU})
    fields(add)
    add("contrib_activations", lambda: chain((5,), Swish(initial_beta=0.5), L.Dense(4), SineReLU(0.1, name="y")), formats=("h5",))
    table = {"all": {}, "channels": dict(axis=-1), "rows": dict(axis=1, epsilon=0.1), "bare": dict(center=False, scale=False)}
    add("contrib_instance_normalization", lambda: variants(InstanceNormalization, (5, 4, 3), table), formats=("h5",))
