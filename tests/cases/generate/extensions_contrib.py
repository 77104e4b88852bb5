"""keras-contrib, which runs with no Keras used here: the formula of its InstanceNormalization, with the names and configs of its
files."""

from generate.building import KERAS, L, keras, variants


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


def cases(add):
    if KERAS != 2:
        return
    keras.utils.get_custom_objects()["InstanceNormalization"] = InstanceNormalization
    table = {"all": {}, "channels": dict(axis=-1), "rows": dict(axis=1, epsilon=0.1), "bare": dict(center=False, scale=False)}
    add("contrib_instance_normalization", lambda: variants(InstanceNormalization, (5, 4, 3), table), formats=("h5",))
