"""Convolutions, pools, padding and cropping over one, two and three axes."""

from generate.building import KERAS, L
from random_models.choices import extents, need

CONVOLUTIONS = {1: (L.Conv1D, L.SeparableConv1D, L.DepthwiseConv1D), 2: (L.Conv2D, L.SeparableConv2D, L.DepthwiseConv2D)}
CONVOLUTIONS[3] = (L.Conv3D,)
POOLS = {
    1: (L.MaxPooling1D, L.AveragePooling1D),
    2: (L.MaxPooling2D, L.AveragePooling2D),
    3: (L.MaxPooling3D, L.AveragePooling3D),
}
GLOBAL = {
    1: (L.GlobalMaxPooling1D, L.GlobalAveragePooling1D),
    2: (L.GlobalMaxPooling2D, L.GlobalAveragePooling2D),
    3: (L.GlobalMaxPooling3D, L.GlobalAveragePooling3D),
}
PADDINGS = {1: L.ZeroPadding1D, 2: L.ZeroPadding2D, 3: L.ZeroPadding3D}
CROPPINGS = {1: L.Cropping1D, 2: L.Cropping2D, 3: L.Cropping3D}


def spatial_axes(x):
    axes = len(x.shape) - 2
    need(axes in CONVOLUTIONS)
    return axes


def spatial(x, form):
    sizes = extents(x)
    return (sizes[1:], sizes[0]) if form else (sizes[:-1], sizes[-1])


def each(c, axes, draw):
    """One number for all axes, or one for each."""
    return draw() if c.maybe(0.6) else [draw() for _ in range(axes)]


def per_axis(value, axes):
    return list(value) if isinstance(value, (list, tuple)) else [value] * axes


def fits(sizes, padding, kernel, dilation):
    """Free extents may also be small, so only windows that always fit are used there."""
    for size, k, d in zip(sizes, kernel, dilation):
        need(padding != "valid" or (size is not None and (k - 1) * d + 1 <= size))


def not_misplaced(axes, padding, window, strides):
    """TensorFlow without oneDNN places windows in volumes wrongly where the stride is larger than the window by two or more: of
    three elements with stride 3 and a window of 1 it takes the second one, with oneDNN and in images the first one."""
    need(axes < 3 or padding != "same" or all(s - w < 2 for s, w in zip(per_axis(strides, axes), per_axis(window, axes))))


def convolution(c, x):
    axes = spatial_axes(x)
    kinds = CONVOLUTIONS[axes]
    layer = kinds[0] if c.maybe(0.55) else c.choice(kinds)
    form = c.channels_first()
    sizes, channels = spatial(x, form)
    need(channels is not None)
    padding = c.choice(("valid", "same", "same") + (("causal",) if layer is L.Conv1D and not form else ()))
    kernel = each(c, axes, lambda: c.choice((1, 2, 3, 3, 3, 4, 5, 7)))
    strides = each(c, axes, lambda: c.choice((1, 1, 2, 3)))
    dilation = 1
    if c.maybe(0.25):
        strides, dilation = 1, each(c, axes, lambda: c.choice((1, 2, 3)))
    if layer is L.DepthwiseConv2D or (layer is L.SeparableConv2D):
        strides = per_axis(strides, axes)[0]  # TensorFlow's depthwise kernels take equal strides only
    fits(sizes, padding, per_axis(kernel, axes), per_axis(dilation, axes))
    not_misplaced(axes, padding, kernel, strides)
    arguments = dict(kernel_size=kernel, strides=strides, padding=padding, dilation_rate=dilation, **form)
    arguments.update(activation=c.activation(), use_bias=c.maybe(0.8))
    if form and KERAS == 3:  # keras.ops.add treats the bias as one of the last axis if that is as long as the number of channels
        arguments["use_bias"] = False
    if layer is not kinds[0]:
        arguments["depth_multiplier"] = c.choice((1, 1, 2, 3))
    if layer in (L.DepthwiseConv1D, L.DepthwiseConv2D):
        return layer(**arguments)
    arguments["filters"] = c.size()
    if layer is kinds[0] and axes < 3 and c.maybe(0.2):
        arguments["groups"] = c.choice([g for g in range(1, channels + 1) if channels % g == 0])
        arguments["filters"] = arguments["groups"] * c.choice((1, 2, 3))
    return layer(**arguments)


def pool(c, x):
    axes = spatial_axes(x)
    form = c.channels_first()
    sizes, _ = spatial(x, form)
    padding = c.choice(("valid", "same"))
    size = each(c, axes, lambda: c.choice((1, 2, 2, 3, 4)))
    fits(sizes, padding, per_axis(size, axes), [1] * axes)
    strides = each(c, axes, lambda: c.choice((1, 2, 3))) if c.maybe() else None
    not_misplaced(axes, padding, size, strides or size)
    return c.choice(POOLS[axes])(pool_size=size, strides=strides, padding=padding, **form)


def pool_all(c, x):
    axes = spatial_axes(x)
    form = {"data_format": "channels_first"} if c.maybe(0.1) else {}
    return c.choice(GLOBAL[axes])(keepdims=c.maybe(0.3), **form)


def margins(c, axes):
    kind = c.randrange(3)
    if kind == 0:
        return c.randint(0, 2)
    if axes == 1:
        return (c.randint(0, 2), c.randint(0, 3))
    if kind == 1:
        return tuple(c.randint(0, 2) for _ in range(axes))
    return tuple((c.randint(0, 2), c.randint(0, 2)) for _ in range(axes))


def margin(c, x):
    axes = spatial_axes(x)
    crop = c.maybe()
    sizes, _ = spatial(x, {})
    need(not crop or all(s is not None and s > 5 for s in sizes))
    return (CROPPINGS if crop else PADDINGS)[axes](margins(c, axes))


LAYERS = [convolution, convolution, convolution, convolution, pool, pool, pool_all, margin]
