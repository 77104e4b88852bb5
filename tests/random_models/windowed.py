"""Functions over windows, in both Kerases: pools and convolutions whose kernels are constants of the model."""

import numpy as np
from generate.oracle import KERAS, keras

from random_models.choices import need
from random_models.named import function, root
from random_models.pictures import image


def values(c, *shape):
    """Constants of the width in which the model is made: functions take no other beside a tensor."""
    numbers = np.random.default_rng(c.randrange(1000)).normal(size=shape) / np.sqrt(np.prod(shape[:-1]) or 1)
    return numbers.astype("float32").astype(keras.backend.floatx())


def channels(x):
    need(len(x.shape) in (3, 4, 5) and (x.shape[-1] or 99) < 40)
    return len(x.shape) - 2, x.shape[-1]


def window(c, axes):
    return [c.choice((1, 2, 3)) for _ in range(axes)]


def pooled(name):
    def step(c, x):
        axes, _ = channels(x)
        padding = c.choice(("valid", "same"))
        return function(name)(root.pad(x, [[0, 0], *[[1, 1]] * axes, [0, 0]]), window(c, axes), c.choice((1, 2)), padding)

    return step


def convolved(name, depthwise=False):
    def step(c, x):
        axes, wide = channels(x)
        need(axes < 3 or not depthwise)
        kernel = values(
            c, *[c.choice((1, 2, 3)) for _ in range(axes)], wide, c.choice((1, 2)) if depthwise else c.choice((1, 3, 4))
        )
        return function(name)(x, kernel, strides=1, padding="same")

    return step


def separable(c, x):
    axes, wide = channels(x)
    need(axes < 3)
    return root.separable_conv(x, values(c, *[3] * axes, wide, 2), values(c, *[1] * axes, 2 * wide, 3), padding="same")


if KERAS == 3:
    TABLE = {
        "average_pool": pooled("average_pool"),
        "max_pool": pooled("max_pool"),
        "adaptive_average_pool": lambda c, x: root.adaptive_average_pool(x, tuple(window(c, channels(x)[0]))),
        "adaptive_max_pool": lambda c, x: root.adaptive_max_pool(x, tuple(window(c, channels(x)[0]))),
        "conv": convolved("conv"),
        "depthwise_conv": convolved("depthwise_conv", True),
        "separable_conv": separable,
        "unfold": lambda c, x: root.unfold(
            root.transpose(image(x), (0, 3, 1, 2)), c.choice((1, 2)), stride=c.choice((1, 2))
        ),
        "fold": lambda c, x: root.fold(root.unfold(root.transpose(image(x), (0, 3, 1, 2)), 2), x.shape[1:3], 2),
    }
else:

    def pool_of(kind, n):
        def step(c, x):
            need(len(x.shape) == n + 2 and None not in x.shape[1:])
            return function(f"nn.{kind}_pool{n}d")(x, window(c, n), c.choice((1, 2)), "SAME")

        return step

    def convolution_of(n):
        def step(c, x):
            need(len(x.shape) == n + 2 and (x.shape[-1] or 99) < 40)
            strides = c.choice((1, 2)) if n < 3 else [1, 1, 1, 1, 1]
            return function(f"nn.conv{n}d")(x, values(c, *window(c, n), x.shape[-1], 3), strides, c.choice(("SAME",)))

        return step

    def depthwise(c, x):
        need(len(x.shape) == 4 and (x.shape[-1] or 99) < 40)
        return root.nn.depthwise_conv2d(x, values(c, 3, 2, x.shape[-1], c.choice((1, 2))), [1, 1, 1, 1], "SAME")

    def separable2(c, x):
        wide = x.shape[-1]
        need(len(x.shape) == 4 and (wide or 99) < 40)
        return root.nn.separable_conv2d(x, values(c, 3, 2, wide, 2), values(c, 1, 1, 2 * wide, 3), [1, 1, 1, 1], "SAME")

    TABLE = {f"nn.{kind}_pool{n}d": pool_of(kind, n) for kind in ("avg", "max") for n in (1, 2, 3)}
    TABLE |= {f"nn.conv{n}d": convolution_of(n) for n in (1, 2, 3)}
    TABLE |= {
        "nn.convolution": lambda c, x: root.nn.convolution(
            x, values(c, *[2] * channels(x)[0], x.shape[-1], 3), padding="SAME"
        )
    }
    TABLE |= {"nn.pool": lambda c, x: root.nn.pool(x, window(c, channels(x)[0]), c.choice(("MAX", "AVG")), padding="SAME")}

    def transposed_of(n):
        def step(c, x):
            need(len(x.shape) == n + 2 and c.fixed_batch and None not in x.shape and x.shape[-1] < 40)
            stride = c.choice((1, 2))
            size = [x.shape[0], *[stride * e for e in x.shape[1:-1]], 3]
            return function(f"nn.conv{n}d_transpose")(
                x, values(c, *window(c, n), 3, x.shape[-1]), size, stride, padding="SAME"
            )

        return step

    TABLE |= {f"nn.conv{n}d_transpose": transposed_of(n) for n in (1, 2, 3)}
    TABLE |= {"nn.depthwise_conv2d": depthwise, "nn.separable_conv2d": separable2}
    TABLE |= {"nn.avg_pool": lambda c, x: root.nn.avg_pool(x, window(c, channels(x)[0]), 1, "SAME")}
    TABLE |= {"nn.max_pool": lambda c, x: root.nn.max_pool(x, window(c, channels(x)[0]), 1, "SAME")}
