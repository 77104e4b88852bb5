"""Operations over images: colours, parts, filters, transforms; in both data formats, one image and a batch."""

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


def cases(add):
    plain = {"float64": False, "same_rows": True, "coarse": True}
    for dtype in ("float32", "float64", "uint8"):
        if KERAS == 3 or dtype != "uint8":
            add(f"image_colours_{dtype}", colours(dtype), feed=feed_colours(dtype), **plain, atol=0 if dtype == "uint8" else 1e-5)
    add("image_parts", parts, **plain)
    add("image_patches_first", patches_first, keras=(3,), xla=True, **plain)
    add("image_filters", filters, feed=feed_filters, **plain, atol=1e-5)
