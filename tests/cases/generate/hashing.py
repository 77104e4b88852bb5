"""Hashing and HashedCrossing: strings of every range of lengths that FarmHash distinguishes, integers, salts, masks and
encodings."""

import numpy as np

from generate.building import KERAS, Input, L, Model

# Nearly all bits of the hash are visible, not only a few.
MANY = (1 << 61) - 1
LENGTHS = [*range(18), 31, 32, 33, 63, 64, 65, 127, 128, 129, 192, 200]


def texts():
    x = Input((2,), dtype="string", name="x")
    layers = [
        L.Hashing(MANY, name="many"),
        L.Hashing(7, name="seven"),
        L.Hashing(2, mask_value="a", name="two"),
        L.Hashing(MANY, salt=133137, name="salted"),
        L.Hashing(MANY, salt=[133, -137], name="salted_twice"),
        L.Hashing(5, mask_value="", name="masked"),
        L.Hashing(5, mask_value="é", salt=7, dtype="int32", name="masked_salted"),
    ]
    return Model(x, [layer(x) for layer in layers])


def texts_feed(random):
    letters = list("abcdefghijklmnopqrstuvwxyz -é日")
    rows = [["".join(random.choice(letters, n))[:n] for n in (length, length)] for length in LENGTHS]
    return np.array([*rows, ["é", "a"], ["\u00fc" * 20, "日本" * 12]])


def numbers():
    x, y = Input((3,), dtype="int32", name="int32"), Input((1,), dtype="int64", name="int64")
    outputs = [
        L.Hashing(MANY, name="many")(x),
        L.Hashing(9, mask_value=0, name="masked")(x),
        L.Hashing(9, salt=[3, 4], name="salted")(y),
    ]
    if KERAS == 3:
        z = Input((2,), name="floats")
        outputs += [L.Hashing(9, name="floats_hashed")(z), L.Hashing(9, mask_value=1.5, name="floats_masked")(z)]
        return Model([x, y, z], outputs)
    return Model([x, y], outputs)


def numbers_feed(random):
    feed = [
        np.array([[0, 1, -1], [2147483647, -2147483648, 10], [12345, -99, 0], [7, 8, 9]], "int32"),
        np.array([[0], [1 << 62], [-(1 << 63)], [-5]], "int64"),
    ]
    floats = np.array([[0.0, 1.5], [-1.9, 1.0], [100000.25, -0.5], [1.5, 3.0]], "float32")
    return [*feed, floats] if KERAS == 3 else feed


def encodings():
    x, y = Input((4,), dtype="string", name="x"), Input((1,), dtype="int64", name="y")
    outputs = [
        L.Hashing(6, output_mode="multi_hot", name="multi_hot")(x),
        L.Hashing(6, output_mode="count", name="count")(x),
        L.Hashing(6, output_mode="count", mask_value="a", salt=3, name="count_masked")(x),
        L.Hashing(6, output_mode="one_hot", name="one_hot")(y),
        L.Hashing(6, output_mode="multi_hot", mask_value=2, name="multi_hot_one")(y),
    ]
    if KERAS == 3:
        outputs.append(L.Hashing(3, output_mode="one_hot", name="one_hot_each")(x))
    return Model([x, y], outputs)


def words(random, *shape):
    return random.choice(["a", "b", "c", "dd", "eee", ""], shape)


def encodings_feed(random):
    return [words(random, 4, 4), np.array([[1], [2], [3], [-7]], "int64")]


def crossing():
    x, y = Input((1,), dtype="string", name="x"), Input((1,), dtype="int64", name="y")
    z = Input((1,), dtype="int32", name="z")
    outputs = [
        L.HashedCrossing(MANY, name="pair")([x, y]),
        L.HashedCrossing(11, name="reversed")([y, x]),
        L.HashedCrossing(MANY, name="numbers")([y, z]),
        L.HashedCrossing(4, output_mode="one_hot", name="one_hot")([x, x]),
        L.HashedCrossing(5, dtype="int32", name="int32")([z, x]),
    ]
    if KERAS == 2:  # Keras 3 accepts at most two inputs in a graph
        outputs.append(L.HashedCrossing(MANY, name="three")([x, y, z]))
    return Model([x, y, z], outputs)


def crossing_feed(random):
    x = np.array([[""], ["a"], ["日本"], ["The quick brown fox jumps over the lazy dog"]])
    return [x, np.array([[0], [-1], [1 << 40], [7]], "int64"), np.array([[3], [0], [-9], [1]], "int32")]


def crossing_flat():
    x, y = Input((), dtype="string", name="x"), Input((), dtype="int64", name="y")
    return Model(
        [x, y],
        [
            L.HashedCrossing(13, name="plain")([x, y]),
            L.HashedCrossing(5, output_mode="one_hot", name="one_hot")([x, y]),
            L.Hashing(5, name="hashing")(x),
        ],
    )


def crossing_flat_feed(random):
    return [words(random, 5), random.integers(-5, 5, 5).astype("int64")]


def cases(add):
    add("hashing_texts", texts, feed=texts_feed)
    add("hashing_numbers", numbers, feed=numbers_feed)
    add("hashing_encodings", encodings, feed=encodings_feed)
    add("hashing_crossing", crossing, feed=crossing_feed)
    add("hashing_crossing_flat", crossing_flat, feed=crossing_flat_feed)
