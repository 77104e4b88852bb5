"""Keras 3's layers that augment images, as they run at inference."""

from generate.building import KERAS, L

from random_models.choices import need
from random_models.named import root


def of_colours(name, **choices):
    def step(c, x):
        need(len(x.shape) == 4 and None not in x.shape[1:] and x.shape[-1] >= 3)
        return getattr(L, name)(**{key: c.choice(values) for key, values in choices.items()})(root.sigmoid(x[:, :, :, :3]))

    return {name: step}


TABLE = {}
if KERAS == 3:
    ranged = {"value_range": ((0, 1),)}
    for name, more in {
        "AutoContrast": ranged,
        "Equalization": ranged,
        "Solarization": {"addition_factor": (0.1,), **ranged},
        "AugMix": ranged,
        "RandAugment": ranged,
        "RandomColorDegeneration": {"factor": (0.3,)},
        "RandomColorJitter": ranged,
        "RandomErasing": {"factor": (0.3,)},
        "RandomElasticTransform": {"factor": (0.3,)},
        "RandomGaussianBlur": {"factor": (0.3,)},
        "RandomGrayscale": {"factor": (0.3,)},
        "RandomHue": {"factor": (0.3,), **ranged},
        "RandomInvert": {"factor": (0.3,)},
        "RandomPerspective": {"factor": (0.3,)},
        "RandomPosterization": {"factor": (3,), **ranged},
        "RandomSaturation": {"factor": (0.3,), **ranged},
        "RandomSharpness": {"factor": (0.3,), **ranged},
        "RandomShear": {"x_factor": (0.3,)},
        "CutMix": {"factor": (0.3,)},
        "MixUp": {"alpha": (0.3,)},
        "ContrastLimitedAdaptiveHistogramEqualization": {"tile_grid_size": ((2, 2),), **ranged},
    }.items():
        TABLE |= of_colours(name, **more)
