"""HGQ: FixedPointQuantizer, the layer of its proxy models for inference. Inputs are drawn from a continuum, as in
extensions_qkeras.py."""

import importlib.util

import numpy as np

from generate.building import Input, L, Model, keras

AVAILABLE = importlib.util.find_spec("HGQ") is not None
if AVAILABLE:
    from HGQ.proxy import FixedPointQuantizer

ROUNDING = ("TRN", "TRN_ZERO", "RND", "RND_CONV", "RND_ZERO", "RND_INF", "RND_MIN_INF")
LIMITS = ("WRAP", "WRAP_SM", "SAT", "SAT_ZERO", "SAT_SYM")


def quantiser(name, rounding, limits, shape=(1, 6)):
    random = np.random.default_rng(len(name) + len(rounding) + len(limits))
    sign, bits = random.integers(0, 2, shape, np.int8), random.integers(2, 6, shape, np.int8)
    bits[..., 0] = 0
    integers = np.minimum(bits, random.integers(0, 3, shape, np.int8)).astype(np.int8)
    return FixedPointQuantizer(sign, bits, integers, RND=rounding, SAT=limits, name=name)


def cases(add):
    if not AVAILABLE:
        return
    # A loaded model restores only the bits: the arguments of the constructor are not in the config.
    keras.utils.get_custom_objects()["FixedPointQuantizer"] = FixedPointQuantizer

    def build():
        x = Input((6,), name="x")
        layers = [quantiser(f"round_{i}", rounding, "SAT") for i, rounding in enumerate(ROUNDING)]
        layers += [quantiser(f"limit_{i}", "RND", limits) for i, limits in enumerate(LIMITS)]
        return Model(x, [layer(x) for layer in layers])

    add("hgq_fixed_point", build, rows=9, formats=("h5",), float64=False, same_rows=True)

    def channels():
        x = Input((5, 4, 3), name="x")
        y = L.Conv2D(4, 2, name="convolution")(quantiser("first", "RND", "WRAP", (1, 1, 1, 3))(x))
        return Model(x, quantiser("y", "TRN", "SAT", (1, 1, 1, 4))(y))

    add("hgq_channels", channels, formats=("h5",), float64=False)
