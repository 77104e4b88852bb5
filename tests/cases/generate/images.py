"""Operations on images: colours, crops, filters, transforms; in both data formats, one image and a batch."""

import numpy as np

from generate.building import KERAS, Input, Model, keras
from generate.oracle import tf

ops = getattr(keras, "ops", None)


def colours(dtype="float32"):
    def build():
        x, f = Input((4, 5, 3), dtype=dtype, name="x"), Input((3, 4, 5), dtype=dtype, name="f")
        if KERAS == 2:
            image = tf.image
            return Model([x, f], [image.rgb_to_grayscale(x), image.grayscale_to_rgb(f[:, :, :, :1]), image.rgb_to_hsv(x), image.hsv_to_rgb(x)])
        first = {"data_format": "channels_first"}
        outputs = [ops.image.rgb_to_grayscale(x), ops.image.rgb_to_grayscale(f, **first), ops.image.rgb_to_grayscale(x[:, :, :, :1])]
        if dtype.startswith("float"):
            outputs += [g(x) for g in (ops.image.rgb_to_hsv, ops.image.hsv_to_rgb)]
            outputs += [g(f, **first) for g in (ops.image.rgb_to_hsv, ops.image.hsv_to_rgb)]
            outputs.append(ops.image.rgb_to_hsv(x[0]))
        return Model([x, f], outputs)

    return build


def feed_colours(dtype):
    def feed(random):
        x, f = random.uniform(0, 1, (2, 2, 4, 5, 3))
        x[0, 0], x[0, 1, 0], x[0, 1, 1], x[0, 1, 2] = 0.5, (1, 0, 0), (0, 1, 1), 0
        f = np.moveaxis(f, -1, 1)
        return [(a * 255).astype(dtype) if "int" in dtype else a.astype(dtype) for a in (x, f)]

    return feed


def parts():
    x, f, v = Input((5, 6, 2), name="x"), Input((2, 5, 6), name="f"), Input((4, 5, 3, 2), name="v")
    if KERAS == 2:
        image = tf.image
        sizes = {"sizes": [1, 2, 3, 1], "strides": [1, 2, 1, 1]}
        return Model(
            [x, f, v],
            [
                image.crop_to_bounding_box(x, 1, 2, 3, 2),
                image.crop_to_bounding_box(x[0], 0, 0, 5, 1),
                image.pad_to_bounding_box(x, 1, 0, 7, 8),
                image.extract_patches(x, rates=[1, 1, 1, 1], padding="VALID", **sizes),
                image.extract_patches(x, rates=[1, 2, 1, 1], padding="SAME", **sizes),
                f * 2,
                v * 2,
            ],
        )
    image, first = ops.image, {"data_format": "channels_first"}
    return Model(
        [x, f, v],
        [
            image.crop_images(x, top_cropping=1, left_cropping=2, target_height=3, target_width=2),
            image.crop_images(x[0], bottom_cropping=1, right_cropping=0, target_height=3, target_width=6),
            image.crop_images(f, top_cropping=1, bottom_cropping=1, left_cropping=0, right_cropping=4, **first),
            image.pad_images(x, top_padding=1, left_padding=2, target_height=8, target_width=8),
            image.pad_images(f, top_padding=0, bottom_padding=2, left_padding=1, right_padding=0, **first),
            image.extract_patches(x, (2, 3)),
            image.extract_patches(x, 2, strides=1, dilation_rate=2),
            image.extract_patches(x, (3, 2), strides=(2, 1), padding="same"),
            image.extract_patches(x[0], (2, 2)),
            image.extract_patches(v, (2, 2, 3)),
            image.extract_patches(v, (2, 3, 1), strides=(1, 2, 1), padding="same"),
        ],
    )


def patches_first():
    f, v = Input((2, 5, 6), name="f"), Input((2, 4, 5, 3), name="v")
    first = {"data_format": "channels_first"}
    patches = ops.image.extract_patches
    return Model([f, v], [patches(f, 3, strides=2, padding="same", **first), patches(f[0], (2, 3), **first), patches(v, (2, 2, 3), **first)])


def filters():
    x, f = Input((6, 7, 2), name="x"), Input((2, 6, 7), name="f")
    if KERAS == 2:
        return Model([x, f], [tf.image.sobel_edges(x), f * 2])
    image, first = ops.image, {"data_format": "channels_first"}
    return Model(
        [x, f],
        [
            image.sobel_edges(x),
            image.sobel_edges(f, **first),
            image.gaussian_blur(x),
            image.gaussian_blur(x, (5, 3), (0.5, 2.0)),
            image.gaussian_blur(x[0], (4, 3), (1.5, 0.7)),
            image.gaussian_blur(f, (3, 5), (1, 2), **first),
            image.ssim(x, x * 0.5 + 0.2, filter_size=3),
            image.ssim(x, x * x, max_val=2.0, filter_size=5, filter_sigma=0.8, k1=0.02, k2=0.05),
            image.ssim(f, f * 0.25, filter_size=4, **first),
            image.ssim(x[0], x[1], filter_size=3),
        ],
    )


def feed_filters(random):
    x, f = random.uniform(0, 1, (2, 3, 6, 7, 2)).astype("float32")
    return [x, np.moveaxis(f, -1, 1)]


TURNED = [0.9, -0.3, 1.2, 0.25, 1.1, -0.6, 0.02, -0.01]


def transforms(dtype="float32"):
    def build():
        x, f, t = Input((5, 6, 2), dtype=dtype, name="x"), Input((2, 5, 6), dtype=dtype, name="f"), Input((8,), name="t")
        affine, one = ops.image.affine_transform, np.array(TURNED, "float32")
        far = np.array([1.7, 0.2, -7.0, -0.3, 2.1, -9.0, 0.0, 0.0], "float32")
        outputs = [affine(x, t), affine(x, one, fill_value=0.75), affine(f, t, data_format="channels_first"), affine(x[0], one)]
        for mode in ("constant", "nearest", "wrap", "reflect"):
            outputs += [affine(x, far, fill_mode=mode), affine(x, t, interpolation="nearest", fill_mode=mode, fill_value=2)]
        if dtype == "uint8":  # the last bit of a solver's result decides to which integer a value is truncated
            return Model([x, f, t], outputs)
        start, end = [[0.0, 0.0], [5.0, 0.5], [0.5, 4.0], [5.5, 4.5]], [[0.5, 0.0], [4.0, 1.0], [0.0, 3.5], [5.0, 4.0]]
        points = ops.reshape(t, (-1, 4, 2)) * 0.5 + np.array(end, "float32")
        perspective = ops.image.perspective_transform
        outputs += [
            perspective(x, np.array(start, "float32"), np.array(end, "float32")),
            perspective(x, points, points + np.array([[0.5, 0], [0, 0.25], [0, 0], [-0.5, 0]], "float32"), fill_value=0.5),
            perspective(f, np.array(end, "float32"), np.array(start, "float32"), interpolation="nearest", data_format="channels_first"),
        ]
        return Model([x, f, t], outputs)

    return build


def feed_transforms(dtype):
    def feed(random):
        x, f = random.uniform(0, 1, (2, 3, 5, 6, 2)) * (200 if "int" in dtype else 1)
        t = np.array(TURNED, "float32") + random.normal(0, 0.05, (3, 8)).astype("float32")
        return [x.astype(dtype), np.moveaxis(f, -1, 1).astype(dtype), t]

    return feed


def coordinates():
    x, n = Input(batch_shape=(3, 4, 5), name="x"), Input(batch_shape=(3, 4, 5), dtype="int32", name="n")
    c = Input(batch_shape=(3, 7), name="c")
    read = ops.image.map_coordinates
    outputs = [read(x, c, order) for order in (0, 1)]
    for mode in ("nearest", "wrap", "reflect"):
        outputs += [read(x, c, order, fill_mode=mode) for order in (0, 1)]
    outputs += [
        read(x, c, 1, fill_value=-2.5),
        read(n, c, 1),
        read(n, c, 0, fill_value=9),
        read(x, ops.cast(c, "int32"), 0),
        read(x[0], ops.reshape(c[:2, :], (2, 7, 1)), 1),
        read(x, ops.clip(c, -1.5, 1.5), 1, fill_mode="mirror"),
    ]
    return Model([x, n, c], outputs)


def feed_coordinates(random):
    x, n = random.normal(size=(3, 4, 5)).astype("float32"), random.integers(-9, 9, (3, 4, 5)).astype("int32")
    return [x, n, random.uniform(-3, 6, (3, 7)).astype("float32")]


def scaled():
    x, s = Input((6, 7, 2), name="x"), Input((2,), name="s")
    change = ops.image.scale_and_translate
    scale, move = np.array([0.6, 1.7], "float32"), np.array([0.3, -1.2], "float32")
    size = (3, 4, 9, 2)
    outputs = [change(x, size, scale, move, (1, 2), method) for method in ("linear", "cubic", "lanczos3", "lanczos5")]
    outputs += [change(x, size, scale, move, (1, 2), method, antialias=False) for method in ("bilinear", "bicubic")]
    outputs += [change(x, (3, 6, 5, 2), scale[:1], move[:1], (-2,), "lanczos3")]
    outputs.append(change(x, size, s[0] + 1.0, s[1], (1, 2), "linear"))
    edges = np.array([0.4, -0.4], "float32")  # less than half an element beyond each edge
    outputs.append(change(x, (3, 6, 7, 2), np.ones(2, "float32"), edges, (1, 2), "linear"))
    return Model([x, s], outputs)


def scaled_rows():
    """Of a size that names the batch, which is None in the file."""
    x = Input((6, 7, 2), name="x")
    scale, move = np.array([0.6, 1.7], "float32"), np.array([0.3, -1.2], "float32")
    return Model(x, ops.image.scale_and_translate(x, (x.shape[0], 4, 9, 2), scale, move, (1, 2), "linear"))


def feed_scaled(random):
    return [random.normal(size=(3, 6, 7, 2)).astype("float32"), random.uniform(-0.4, 0.4, (3, 2)).astype("float32")]


def adjusted(dtype):
    def build():
        x = Input((4, 5, 3), dtype=dtype, name="x")
        image = tf.image
        outputs = [image.flip_left_right(x), image.flip_up_down(x), image.flip_left_right(x[0]), image.flip_up_down(x[1])]
        if dtype != "int32":
            outputs += [image.adjust_brightness(x, 0.25), image.adjust_brightness(x[0], -0.5)]
        if dtype == "float32":
            outputs += [image.adjust_contrast(x, 1.75), image.adjust_contrast(x[0], 0.5)]
            outputs += [image.per_image_standardization(x), image.per_image_standardization(x[1])]
        return Model(x, outputs)

    return build


def cases(add):
    plain = {"float64": False, "same_rows": True, "coarse": True}
    for dtype in ("float32", "float64", "uint8"):
        if KERAS == 3 or dtype != "uint8":
            add(f"image_colours_{dtype}", colours(dtype), feed=feed_colours(dtype), **plain, atol=0 if dtype == "uint8" else 1e-5)
    add("image_parts", parts, **plain)
    add("image_patches_first", patches_first, keras=(3,), xla=True, **plain)
    add("image_filters", filters, feed=feed_filters, **plain, atol=1e-5)
    for dtype in ("float32", "float64", "uint8", "float16"):
        coarse = 0.002 if dtype == "float16" else 1e-5
        add(f"image_transforms_{dtype}", transforms(dtype), feed=feed_transforms(dtype), keras=(3,), **plain, atol=coarse)
    add("image_coordinates", coordinates, feed=feed_coordinates, rows=3, keras=(3,), **plain, atol=1e-5)
    add("image_scaled_rows", scaled_rows, keras=(3,), **plain, atol=1e-5)
    add("image_scaled", scaled, feed=feed_scaled, rows=3, keras=(3,), **plain, atol=1e-5)
    for dtype in ("float32", "float16", "int32"):
        add(f"image_adjusted_{dtype}", adjusted(dtype), keras=(2,), **plain, atol=0.004 if dtype == "float16" else 1e-5)
