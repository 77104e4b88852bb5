"""Functions of texts, which begin and end as numbers: only TensorFlow's, keras.ops has none."""

from generate.oracle import KERAS

from random_models.named import number, root, whole


def written(x):
    return root.strings.as_string(whole(x))


def as_number(name, *arguments):
    """A text made by the function, and what it is a number of."""
    return lambda c, x: number(x, root.strings.to_number(getattr(root.strings, name)(written(x), *arguments)))


def hashed(change, kind="fast", **more):
    """Equal texts have equal numbers, and other texts others."""
    return lambda c, x: number(x, getattr(root.strings, f"to_hash_bucket_{kind}")(change(written(x)), 997, **more))


TABLE = {}
if KERAS == 2:
    TABLE = {
        "strings.as_string": as_number("strip"),
        "strings.to_number": as_number("strip"),
        "strings.strip": as_number("strip"),
        "strings.regex_replace": as_number("regex_replace", "[13]", "7"),
        "strings.length": lambda c, x: number(x, root.strings.length(written(x))),
        "strings.join": hashed(lambda t: root.strings.join([t, t, "-"], separator="a")),
        "strings.lower": hashed(lambda t: root.strings.lower(root.strings.join([t, "ABc"]))),
        "strings.upper": hashed(lambda t: root.strings.upper(root.strings.join([t, "abC"]))),
        "strings.to_hash_bucket_fast": hashed(lambda t: t),
        "strings.to_hash_bucket_strong": hashed(lambda t: t, "strong", key=[5, 7]),
    }
