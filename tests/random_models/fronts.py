"""The inputs of a model: an input of some kind, its values, and the layers that turn ids and words into numbers."""

import numpy as np

from generate.building import Input, L

WORDS = ["red", "green", "blue", "straße", "mauve", "ochre"]


def made(c, shape, feed, **arguments):
    """An Input whose values `feed(random, shape with the batch)` generates."""
    name = f"in{len(c.feeds)}"
    sizes = [c.choice((4, 5, 7, 13)) if s is None else s for s in shape]
    c.feeds[name] = lambda random: feed(random, (c.batch, *sizes))
    c.inputs.append(Input(batch_shape=(c.batch if c.fixed_batch else None, *shape), name=name, **arguments))
    return c.inputs[-1]


def normal(random, shape):
    return random.normal(0, 1, shape).astype("float32")


def vector(c):
    return made(c, (c.size(),), normal)


def steps(c):
    return None if c.maybe(0.2) and not c.stateful else c.choice((1, 2, 3, 5, 7, 8, 13, 16, 33))


def sequence(c):
    return made(c, (steps(c), c.size(65)), normal)


def masked_sequence(c):
    value = c.choice((0.0, 0.0, -1.0))

    def feed(random, shape):
        x = normal(random, shape)
        x[random.random(shape[:2]) < 0.3] = value
        return x

    return L.Masking(mask_value=value)(made(c, (steps(c), c.size(33)), feed))


def embedded(c, ids, count):
    return L.Embedding(count, c.size(65), mask_zero=c.maybe(0.6))(ids)


def ids(c):
    count = c.choice((2, 5, 17, 130))

    def feed(random, shape):
        x = random.integers(0, count, shape)
        if c_padded:
            for row, length in zip(x, random.integers(1, shape[1] + 1, shape[0])):
                row[length:] = 0
        return x.astype("int32")

    c_padded = c.maybe()
    return embedded(c, made(c, (steps(c),), feed, dtype="int32"), count)


def words(c):
    def feed(random, shape):
        return random.choice(np.array([*WORDS, "unknown", ""]), shape)

    x = made(c, (c.choice((1, 3, 5, 8)),), feed, dtype="string")
    mask = {"mask_token": ""} if c.maybe() else {}
    slots = c.choice((1, 1, 2, 3))
    return embedded(c, L.StringLookup(vocabulary=WORDS, num_oov_indices=slots, **mask)(x), len(WORDS) + slots + 1)


def sentences(c):
    def feed(random, shape):
        return np.array([" ".join(random.choice([*WORDS, "Red,", "so!"], n)) for n in random.integers(0, 9, shape[0])])[:, None]

    x = made(c, (1,), feed, dtype="string")
    grams = {"ngrams": 2} if c.maybe(0.2) else {}
    if c.maybe(0.3):
        mode = c.choice(("multi_hot", "count"))
        return L.TextVectorization(vocabulary=WORDS, output_mode=mode, **grams)(x)
    return embedded(c, L.TextVectorization(vocabulary=WORDS, output_sequence_length=c.choice((3, 6, 8)), **grams)(x), 10)


def image(c):
    free = c.maybe(0.15)
    sides = [None, None] if free else [c.choice((1, 3, 5, 7, 8, 11, 14, 17)) for _ in range(2)]
    return made(c, (*sides, c.choice((1, 2, 3, 3, 4, 5, 8, 16, 17, 33))), normal)


def bytes_of_image(c):
    def feed(random, shape):
        return random.integers(0, 256, shape).astype("uint8")

    return L.Rescaling(1 / 127.5, offset=-1.0)(made(c, (c.choice((5, 8, 13)), c.choice((6, 9)), 3), feed, dtype="uint8"))


def volume(c):
    return made(c, (*[c.choice((2, 3, 4, 5)) for _ in range(3)], c.choice((1, 2, 3, 5))), normal)


FRONTS = [vector, vector, sequence, sequence, sequence, masked_sequence, masked_sequence, ids, ids, ids]
FRONTS += [words, sentences, image, image, image, image, bytes_of_image, volume]
NUMBERS = [vector, sequence, masked_sequence, image]
