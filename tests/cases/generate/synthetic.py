"""Weights by a rule instead of a file: `"weights": "synthetic:7"`.

A real network has 5 to 100 MB of weights, far too much to commit, and its maths does not care which numbers
they are. So the case keeps the architecture, inputs and outputs, and both sides, Python here and C++ in the
tests, fill the weights by this rule.

The name of a weight is the names of the enclosing models, the layer, its parts, and the weight, joined by
'/'. The outermost model's own name is left out; parts are named as in Keras's own weight names. Examples:
`conv1_conv/kernel`, `encoder/norm/gamma`, `attention/query/kernel` (MultiHeadAttention's parts are query,
key, value, attention_output), `block_1_depthwise/depthwise_kernel` under Keras 2 and
`block_1_depthwise/kernel` under Keras 3: the last word is what that version of Keras calls the weight.

    state      = fnv1a64(name as UTF-8) xor (seed * 0x9E3779B97F4A7C15 mod 2^64)
    u(i)       = (splitmix64(state + i) >> 40) / 2^24    exact in float32, in [0, 1); i counts in C order

    fnv1a64:     h = 0xCBF29CE484222325; for each byte b: h = (h xor b) * 0x100000001B3
    splitmix64:  z = x + 0x9E3779B97F4A7C15; z = (z xor z >> 30) * 0xBF58476D1CE4E5B9;
                 z = (z xor z >> 27) * 0x94D049BB133111EB; z xor z >> 31
    all mod 2^64. splitmix64(0) = 0xE220A8397B1DCDAF, fnv1a64("a") = 0xAF63DC4C8601EC8C.

What becomes of u, by the weight's last name and rank, each operation rounded to float32 (so an element may
differ in its last bit where a compiler fuses the multiplication and the addition):

    gamma, moving_variance, variance    0.8 + 0.4 u
    count                               1
    any other weight of rank 0 or 1     0.2 u - 0.1                 (bias, beta, moving_mean, mean)
    everything else                     (2 u - 1) * sqrt(3 / fan_in)

fan_in is the product of all dimensions but the last; for the depthwise kernel (of DepthwiseConv and
SeparableConv) it is the product of the spatial dimensions. So a product keeps the size of its input, and
activations stay near 1 through a hundred layers.

Known answers, seed 7: `conv1_conv/kernel` of shape (7, 7, 3, 64) begins -0.13832125, -0.10200726, 0.0134166;
`a/bias` of shape (3,) is 0.01114383, 0.02340345, -0.0697071.
"""

import numpy as np

from generate.weights import finalize

SEED = 7
GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def fnv1a64(text):
    state = 0xCBF29CE484222325
    for byte in text.encode():
        state = (state ^ byte) * 0x100000001B3 & MASK
    return state


def splitmix64(x):
    """`x` is an array of uint64, whose arithmetic wraps around as required."""
    z = x + np.uint64(GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(name, count, seed):
    state = fnv1a64(name) ^ (seed * GOLDEN & MASK)
    first = np.array([state], np.uint64)
    return (splitmix64(first + np.arange(count, dtype=np.uint64)) >> np.uint64(40)).astype(
        np.float32
    ) / np.float32(2**24)


def synthetic_weight(name, shape, depthwise, seed):
    last, u = name.split("/")[-1], uniform(name, int(np.prod(shape)), seed).reshape(shape)
    if last in ("gamma", "moving_variance", "variance"):
        return np.float32(0.8) + np.float32(0.4) * u
    if last == "count":
        return np.ones(shape, np.float32)
    if len(shape) <= 1:
        return np.float32(0.2) * u - np.float32(0.1)
    fan_in = np.prod(shape[:-2]) if depthwise else np.prod(shape[:-1])
    return (np.float32(2) * u - np.float32(1)) * np.sqrt(np.float32(3) / np.float32(fan_in))


def name_inside(layer, variable):
    """`query/kernel` of the variable `…/attention/query/kernel:0` of the layer `attention`."""
    path = getattr(variable, "path", variable.name).split(":")[0]
    return path.rsplit(layer.name + "/", 1)[-1]


def weights_by_name(model, prefix=""):
    """(name, variable, whether it is a depthwise kernel) of every weight."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from weights_by_name(layer, f"{prefix}{layer.name}/")
            continue
        for variable in layer.weights:
            inside = name_inside(layer, variable)
            depthwise = inside == "depthwise_kernel" or (
                type(layer).__name__.startswith("DepthwiseConv") and inside == "kernel"
            )
            yield f"{prefix}{layer.name}/{inside}", variable, depthwise


def fill(model, seed=SEED):
    for name, variable, depthwise in weights_by_name(model):
        value = synthetic_weight(name, tuple(variable.shape), depthwise, seed)
        variable.assign(value.astype(variable.numpy().dtype))
    finalize(model)
