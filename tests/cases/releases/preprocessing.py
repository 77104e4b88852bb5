"""Models of preprocessing layers for generate_releases.py: texts, tables, numbers, images."""

import numpy as np

from releases.common import RELEASE, chosen, integers, keras, layer, model, normal, texts

LINES = ["the quick brown fox", "the fox jumps", "a lazy dog, a dog"]
WORDS = ["fox", "dog", "cat"]
TF_IDF = "tf-idf" if RELEASE < (2, 6) else "tf_idf"


def adapted(made, data):
    made.adapt(np.array(data))
    return made


def one(dtype, width, *layers):
    x = keras.Input((width,), dtype=dtype, name="x")
    y = x
    for each in layers:
        y = each(y)
    return keras.Model(x, y)


@model(x=texts("The fox, a <dog>", "", "brown é DOG dog", "quick quick!"))
def text_ids():
    return one("string", 1, adapted(layer("TextVectorization", output_sequence_length=5), LINES), layer("Embedding", 20, 3))


@model(x=texts("The fox, a <dog>", "", "brown é DOG dog", "quick quick!"))
def text_counts():
    return one("string", 1, adapted(layer("TextVectorization", output_mode="count", ngrams=2), LINES))


@model(x=texts("The fox, a <dog>", "", "brown é DOG dog", "quick quick!"))
def text_tf_idf():
    return one("string", 1, adapted(layer("TextVectorization", output_mode=TF_IDF), LINES))


@model(x=chosen([*WORDS, "cow", ""], 4, 3))
def string_lookup():
    return one("string", 3, adapted(layer("StringLookup"), [["fox"], ["dog"], ["fox"]]))


@model(x=chosen([*WORDS, "cow"], 4, 1))
def string_one_hot():
    return one("string", 1, layer("StringLookup", vocabulary=WORDS, output_mode="multi_hot", num_oov_indices=2))


@model(x=integers(9, 4, 3, dtype="int64"))
def integer_lookup():
    return one("int64", 3, adapted(layer("IntegerLookup"), [[3], [5], [3], [8]]))


@model(x=normal(4, 3))
def normalization():
    return one("float32", 3, adapted(layer("Normalization"), np.arange(12, dtype="float32").reshape(4, 3) ** 2), layer("Dense", 2))


@model(x=normal(4, 3))
def discretization():
    return one("float32", 3, layer("Discretization", [-0.5, 0.0, 0.8]))


@model(x=chosen([*WORDS, "cow"], 4, 2))
def hashing():
    return one("string", 2, layer("Hashing", 7))


@model(x=integers(5, 4, 3, dtype="int64"))
def category_encoding():
    return one("int64", 3, layer("CategoryEncoding", 5, output_mode="multi_hot"))


@model(a=chosen(WORDS, 4, 1), b=chosen(WORDS, 4, 1))
def hashed_crossing():
    a, b = keras.Input((1,), dtype="string", name="a"), keras.Input((1,), dtype="string", name="b")
    return keras.Model([a, b], layer("HashedCrossing", 9, name="y")([a, b]))


@model(x=normal(2, 7, 6, 3))
def images():
    x = keras.Input((7, 6, 3), name="x")
    y = layer("CenterCrop", 5, 4)(layer("Rescaling", 0.5, offset=1.0)(x))
    y = layer("Resizing", 8, 9)(y)
    return keras.Model(x, layer("Resizing", 3, 4, interpolation="nearest", name="y")(y))
