"""Layers for a tensor of any rank: products along the last axis, activations, normalisations, and layers without effect."""

import numpy as np

from generate.building import KERAS, L
from random_models.choices import SMOOTH, extents, need


def dense(c, x):
    need(extents(x)[-1] is not None)
    return L.Dense(c.size(), activation=c.activation(), use_bias=c.maybe(0.8))


def einsum_dense(c, x):
    letters = "bcdef"[: len(x.shape) - 1]
    kept = letters[:-1]
    bias = c.choice((None, "z"))
    return L.EinsumDense(
        f"a{letters},{letters[-1]}z->a{kept}z",
        output_shape=(*[None] * len(kept), c.size(65)),
        bias_axes=bias,
        activation=c.activation(),
    )


def activation(c, x):
    name = c.choice((*SMOOTH, "softmax", "log_softmax"))
    return L.Activation(name)


def bent(c, x):
    slope = "negative_slope" if KERAS == 3 else "alpha"
    axes = list(range(1, len(x.shape)))
    kind = c.randrange(5)
    if kind == 0:
        return L.LeakyReLU(**{slope: c.choice((0.01, 0.3, 0.9))})
    if kind == 1:
        shared = c.some(axes) if c.maybe() else None
        need(all(e is not None or a + 1 in (shared or []) for a, e in enumerate(extents(x))))
        return L.PReLU(shared_axes=shared)
    if kind == 2:
        return L.ELU(alpha=c.choice((0.5, 1.0, 1.7)))
    if kind == 3:
        return L.ReLU(**c.options(max_value=(0.5, 1.0, 6.0), negative_slope=(0.1, 0.5), threshold=(0.0, 0.0, 0.25)))
    return L.Softmax(axis=c.choice((-1, *axes)) if c.maybe() else c.some(axes))


def batch_normalization(c, x):
    axis = c.choice((-1, -1, -1, *range(1, len(x.shape))))
    need(x.shape[axis] is not None)
    return L.BatchNormalization(
        axis=axis, **c.options(epsilon=(1e-5, 1e-3, 0.1), center=(True, False), scale=(True, False))
    )


def layer_normalization(c, x):
    axes = list(range(1, len(x.shape)))
    axis = -1 if c.maybe(0.7) else c.some(axes)
    need(all(x.shape[a] is not None for a in ([axis] if axis == -1 else axis)))
    rms = {"rms_scaling": True} if KERAS == 3 and c.maybe(0.1) else {}
    return L.LayerNormalization(
        axis=axis, **rms, **c.options(epsilon=(1e-6, 1e-3), center=(True, False), scale=(True, False))
    )


def unit_normalization(c, x):
    axes = list(range(1, len(x.shape)))
    return L.UnitNormalization(axis=-1 if c.maybe() else c.some(axes))


def scaling(c, x):
    if c.maybe():
        return L.Rescaling(c.choice((1 / 255, 0.5, -2.0)), offset=c.choice((0.0, -1.0, 0.3)))
    last = extents(x)[-1]
    need(last is not None)
    random = np.random.default_rng(c.randrange(1 << 30))
    mean, variance = random.normal(0, 1, last).tolist(), random.uniform(0.2, 2, last).tolist()
    if c.maybe(0.3):
        return L.Normalization(axis=None, mean=mean[0], variance=variance[0])
    invert = {"invert": True} if c.maybe(0.3) else {}
    return L.Normalization(axis=-1, mean=mean, variance=variance, **invert)


def idle(c, x):
    spatial = {3: [L.SpatialDropout1D], 4: [L.SpatialDropout2D], 5: [L.SpatialDropout3D]}.get(len(x.shape), [])
    plain = [L.Dropout, L.GaussianDropout, L.GaussianNoise, L.AlphaDropout, L.ActivityRegularization, *spatial]
    return L.Identity() if c.maybe(0.2) else c.choice(plain)(0.3)


def reshape(c, x):
    sizes = extents(x)
    need(None not in sizes)
    count = int(np.prod(sizes))
    if c.maybe(0.4):
        return L.Flatten(**({"data_format": "channels_first"} if c.maybe(0.1) else {}))
    factor = c.choice([n for n in range(1, count + 1) if count % n == 0][:24])
    target = [factor, count // factor]
    if c.maybe(0.3) and factor % 2 == 0:
        target = [factor // 2, 2, count // factor]
    if c.maybe(0.3):
        target[c.randrange(len(target))] = -1
    return L.Reshape(target)


def permute(c, x):
    axes = list(range(1, len(x.shape)))
    need(len(axes) > 1)
    c.shuffle(axes)
    return L.Permute(axes)


LAYERS = [dense, dense, dense, activation, bent, batch_normalization, batch_normalization, layer_normalization]
LAYERS += [unit_normalization, scaling, idle, reshape, permute, einsum_dense]
