"""Random weights and inputs. Everything derives from names, so that two runs give the same numbers."""

import zlib

import numpy as np


def seed_of(text):
    return zlib.crc32(text.encode())


def random_of(text):
    return np.random.default_rng(seed_of(text))


def weight_name(variable):
    return variable.name.split("/")[-1].split(":")[0]


def random_weight(random, name, shape):
    """Values near those of a trained network: no zero bias, no unit gamma, variances away from zero."""
    if "variance" in name or "gamma" in name or "stddev" in name:
        return random.uniform(0.5, 1.5, shape)
    if len(shape) <= 1 or "bias" in name:
        return random.uniform(-0.3, 0.3, shape)
    if name == "embeddings":
        return random.normal(0, 0.6, shape)
    fan_in = np.prod(shape[:-2]) if "depthwise" in name else np.prod(shape[:-1])
    return random.uniform(-1, 1, shape) * np.sqrt(3.0 / max(fan_in, 1))


def variables_of(model):
    """Without the vocabularies, which Keras 2.15 lists among the weights."""
    return [v for v in model.weights if hasattr(v, "assign")]


def randomise(model, seed_text):
    """Fills every floating-point weight; counters keep Keras's values."""
    random = random_of("weights of " + seed_text)
    for variable in variables_of(model):
        old = variable.numpy()
        if old.dtype.kind not in "iub":
            variable.assign(
                np.asarray(random_weight(random, weight_name(variable), old.shape), np.float32).astype(
                    old.dtype
                )
            )
    finalize(model)


def copy_weights(source, target):
    """Copies weights into a twin of another precision; integers are unchanged."""
    for old, new in zip(variables_of(source), variables_of(target), strict=True):
        new.assign(old.numpy().astype(new.numpy().dtype))
    finalize(target)


def finalize(model):
    """Normalization has a copy of its weights that only this call updates, as loading a file does."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            finalize(layer)
        elif hasattr(layer, "finalize_state"):
            layer.finalize_state()


def random_input(random, shape, dtype):
    if dtype == "string":
        return random.choice(np.array(["red", "green", "blue", "mauve", ""]), shape)
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    if np.issubdtype(np.dtype(dtype), np.integer):
        return random.integers(0, 5, shape).astype(dtype)
    return random.normal(0, 1, shape).astype(np.float32).astype(dtype)
