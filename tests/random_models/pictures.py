"""Functions over windows, images and signals, and normalisations and losses, in both Kerases."""

import numpy as np
from generate.oracle import KERAS

from random_models.choices import need
from random_models.named import ends, function, known, number, root, upto

CORNERS = np.array([[0, 0], [0, 3], [3, 0], [3, 3]], "float32")


def image(x, colours=None):
    need(len(x.shape) == 4 and None not in x.shape[1:])
    x = root.sigmoid(x)
    if colours is None:
        return x
    return ends(root.concat([x] * 3, -1) if KERAS == 2 else root.concatenate([x] * 3, axis=-1), upto(3))


def on_image(name, colours=None, **choices):
    return lambda c, x: number(x, function(name)(image(x, colours), **c.options(**choices)))


def extracted(c, x):
    return root.image.extract_patches(
        image(x), size=c.choice((1, 2, (2, 1))), strides=c.choice((1, 2)), padding=c.choice(("valid", "same"))
    )


def resized(c, x):
    size, methods = (c.randint(1, 9), c.randint(1, 9)), ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
    if KERAS == 2:
        methods += ["area", "gaussian", "mitchellcubic"]
    return root.image.resize(image(x), size, c.choice(methods), **c.options(antialias=(True, False)))


if KERAS == 3:
    TABLE = {
        "depth_to_space": lambda c, x: root.depth_to_space(root.tile(image(x), (1, 1, 1, 4)), 2),
        "space_to_depth": lambda c, x: root.space_to_depth(root.tile(image(x), (1, 2, 2, 1)), 2),
        "image.resize": resized,
        "image.extract_patches": extracted,
        "image.extract_patches_3d": lambda c, x: (
            root.image.extract_patches_3d(x, (1, 2, 1)) if len(x.shape) == 5 else need(False)
        ),
        "image.rgb_to_grayscale": on_image("image.rgb_to_grayscale", 3),
        "image.rgb_to_hsv": on_image("image.rgb_to_hsv", 3),
        "image.hsv_to_rgb": on_image("image.hsv_to_rgb", 3),
        "image.sobel_edges": lambda c, x: root.image.sobel_edges(image(x)) if min(known(x)[:2]) > 1 else need(False),
        "image.gaussian_blur": lambda c, x: root.image.gaussian_blur(image(x), (3, 3), (c.choice((0.5, 1.0)), 1.0)),
        "image.pad_images": lambda c, x: root.image.pad_images(
            image(x), c.randint(0, 2), c.randint(0, 2), x.shape[1] + 3, x.shape[2] + 4
        ),
        "image.crop_images": lambda c, x: root.image.crop_images(
            image(x), 0, 0, target_height=1, target_width=c.randint(1, x.shape[2])
        ),
        "image.affine_transform": lambda c, x: root.image.affine_transform(
            image(x),
            np.array([0.9, 0.1, 0.3, -0.1, 1.1, 0.2, 0, 0], "float32"),
            c.choice(("bilinear", "nearest")),
            c.choice(("constant", "reflect")),
        ),
        "image.perspective_transform": lambda c, x: root.image.perspective_transform(
            image(x), CORNERS, CORNERS + np.array([[0.1, 0], [0, -0.5], [0.2, 0], [-0.1, 0]], "float32")
        ),
        "image.scale_and_translate": lambda c, x: root.image.scale_and_translate(
            image(x),
            (x.shape[0], 5, 4, x.shape[3]),
            np.array([1.3, 0.8], "float32"),
            np.array([0.2, 0.1], "float32"),
            (1, 2),
            "linear",
        ),
        "image.ssim": lambda c, x: root.image.ssim(image(x), root.cos(x), 1.0, filter_size=min(3, *known(x)[:2]))[:, None],
    }
else:
    TABLE = {
        "nn.depth_to_space": lambda c, x: root.nn.depth_to_space(root.tile(image(x), (1, 1, 1, 4)), 2),
        "nn.space_to_depth": lambda c, x: root.nn.space_to_depth(root.tile(image(x), (1, 2, 2, 1)), 2),
        "nn.local_response_normalization": on_image(
            "nn.local_response_normalization", depth_radius=(1, 5), bias=(1, 2.0), alpha=(1, 0.1)
        ),
        "image.resize": resized,
        "image.extract_patches": lambda c, x: root.image.extract_patches(
            image(x), [1, 2, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], "SAME"
        ),
        "image.rgb_to_grayscale": on_image("image.rgb_to_grayscale", 3),
        "image.grayscale_to_rgb": lambda c, x: root.image.grayscale_to_rgb(ends(image(x), upto(1))),
        "image.rgb_to_hsv": on_image("image.rgb_to_hsv", 3),
        "image.hsv_to_rgb": on_image("image.hsv_to_rgb", 3),
        "image.sobel_edges": lambda c, x: root.image.sobel_edges(image(x)) if min(known(x)[:2]) > 1 else need(False),
        "image.per_image_standardization": on_image("image.per_image_standardization"),
        "image.flip_left_right": on_image("image.flip_left_right"),
        "image.flip_up_down": on_image("image.flip_up_down"),
        "image.adjust_brightness": lambda c, x: root.image.adjust_brightness(image(x), 0.2),
        "image.adjust_contrast": lambda c, x: root.image.adjust_contrast(image(x), c.choice((0.5, 2.0))),
        "image.pad_to_bounding_box": lambda c, x: root.image.pad_to_bounding_box(
            image(x), 1, c.randint(0, 2), x.shape[1] + 2, x.shape[2] + 3
        ),
        "image.crop_to_bounding_box": lambda c, x: root.image.crop_to_bounding_box(
            image(x), 0, 0, 1, c.randint(1, x.shape[2])
        ),
    }
