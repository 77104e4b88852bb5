"""Resizing of images, sequences and volumes: every interpolation, larger, smaller and mixed sizes."""

from generate.building import KERAS, Input, L, Model, keras, variants
from generate.oracle import tf

WAYS = ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5")
if KERAS == 2:
    WAYS += ("gaussian", "mitchellcubic")
FIRST = dict(data_format="channels_first")


def up_sampling(add):
    add("up_sampling1d", lambda: variants(L.UpSampling1D, (5, 3), {"two": {}, "three": dict(size=3), "one": dict(size=1)}))
    table = {way: dict(size=(2, 3), interpolation=way) for way in WAYS}
    table |= {"default": {}, "even": dict(size=(4, 2), interpolation="bilinear")}
    add("up_sampling2d", lambda: variants(L.UpSampling2D, (4, 3, 2), table), rows=2)
    first = {way: dict(size=2, interpolation=way, **FIRST) for way in ("nearest", "bilinear", "bicubic")}
    add("up_sampling2d_first", lambda: variants(L.UpSampling2D, (2, 4, 3), first), rows=2)
    volumes = {"default": {}, "mixed": dict(size=(1, 3, 2))}
    add("up_sampling3d", lambda: variants(L.UpSampling3D, (2, 3, 2, 2), volumes), rows=1)
    first = {"first": dict(size=(3, 1, 2), **FIRST)}
    add("up_sampling3d_first", lambda: variants(L.UpSampling3D, (2, 3, 2, 2), first), rows=1)
    halves = {way: dict(interpolation=way, dtype="mixed_float16") for way in ("nearest", "bilinear", "lanczos3")}
    add("up_sampling2d_float16", lambda: variants(L.UpSampling2D, (3, 2, 1), halves), rows=1)


def resizing(add):
    table = {}
    for way in WAYS:
        table[f"{way}_larger"] = dict(height=9, width=8, interpolation=way)
        table[f"{way}_smaller"] = dict(height=3, width=2, interpolation=way)
        table[f"{way}_mixed"] = dict(height=4, width=11, interpolation=way)
    table["same"] = dict(height=7, width=5)
    add("resizing", lambda: variants(L.Resizing, (7, 5, 1), table), rows=2)
    cropped = {
        "crop_wide": dict(height=3, width=8, crop_to_aspect_ratio=True),
        "crop_high": dict(height=9, width=2, crop_to_aspect_ratio=True, interpolation="bicubic"),
        "crop_nearest": dict(height=4, width=4, crop_to_aspect_ratio=True, interpolation="nearest"),
    }
    add("resizing_crop", lambda: variants(L.Resizing, (7, 5, 2), cropped), rows=2)
    further = {
        "pad_wide": dict(height=3, width=8, pad_to_aspect_ratio=True),
        "pad_high": dict(height=9, width=2, pad_to_aspect_ratio=True, fill_value=2.5, interpolation="nearest"),
    }
    for way in ("bilinear", "bicubic", "lanczos3", "lanczos5"):
        further[f"antialias_{way}"] = dict(height=3, width=4, antialias=True, interpolation=way)
        further[f"antialias_{way}_mixed"] = dict(height=2, width=13, antialias=True, interpolation=way)
    add("resizing_further", lambda: variants(L.Resizing, (11, 9, 1), further), rows=1, keras=(3,))
    first = {
        "bilinear": dict(height=6, width=3, **FIRST),
        "crop": dict(height=3, width=6, crop_to_aspect_ratio=True, **FIRST),
    }
    add("resizing_first", lambda: variants(L.Resizing, (2, 4, 5), first), rows=2, keras=(3,))
    bytes_in = {
        "nearest": dict(height=5, width=3, interpolation="nearest"),
        "bicubic": dict(height=5, width=3, interpolation="bicubic"),
        "bilinear": dict(height=3, width=7),
    }
    for dtype in ("uint8", "int32"):
        add(
            f"resizing_{dtype}",
            lambda: variants(L.Resizing, (4, 5, 2), bytes_in, dtype=dtype),
            feed=lambda r: r.integers(0, 256, (2, 4, 5, 2)).astype(dtype),
        )
    if KERAS == 2:
        to_bytes = {way: dict(height=5, width=3, interpolation=way, dtype="uint8") for way in ("nearest", "bilinear")}
        add(
            "resizing_to_uint8",
            lambda: variants(L.Resizing, (4, 5, 2), to_bytes),
            feed=lambda r: r.uniform(0, 255, (2, 4, 5, 2)).astype("float32"),
        )


def center_crop(add):
    table = {
        "both": dict(height=4, width=3),
        "odd": dict(height=5, width=2),
        "same": dict(height=7, width=6),
        "higher": dict(height=10, width=3),
        "wider": dict(height=3, width=9),
        "larger": dict(height=9, width=11),
    }
    add("center_crop", lambda: variants(L.CenterCrop, (7, 6, 2), table), rows=2)
    first = {"both": dict(height=4, width=3, **FIRST), "larger": dict(height=9, width=11, **FIRST)}
    add("center_crop_first", lambda: variants(L.CenterCrop, (2, 7, 6), first), rows=2, keras=(3,))


def resize_nodes():
    x = Input((7, 5, 2), name="x")
    if KERAS == 3:
        resize = keras.ops.image.resize
        y = [resize(x, (4, 9), interpolation=way) for way in WAYS]
        y += [resize(x, (3, 3), antialias=True, interpolation="bicubic")]
        y += [resize(x, (3, 8), crop_to_aspect_ratio=True), resize(x, (9, 2), pad_to_aspect_ratio=True, fill_value=1.0)]
        y += [resize(x, (6, 4), data_format="channels_first")]
    else:
        y = [tf.image.resize(x, (4, 9), method=way) for way in WAYS]
        y += [tf.image.resize(x, [3, 3], antialias=True, method="bilinear")]
        y += [tf.image.resize(x, [6, 6], preserve_aspect_ratio=True)]
    return Model(x, y)


def resize_bytes():
    x = Input((4, 5, 1), dtype="uint8", name="x")
    if KERAS == 3:
        resize = keras.ops.image.resize
        return Model(x, [resize(x, (5, 3)), resize(x, (9, 8), interpolation="bicubic")])
    return Model(x, [tf.image.resize(x, (5, 3)), tf.image.resize(x, (9, 8), method="nearest")])


def cases(add):
    for family in (up_sampling, resizing, center_crop):
        family(add)
    add("resize_nodes", resize_nodes, rows=2)
    add("resize_nodes_uint8", resize_bytes, feed=lambda r: r.integers(0, 256, (2, 4, 5, 1)).astype("uint8"))
