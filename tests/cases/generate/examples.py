"""The documentation example in every file format."""

from generate.building import L, keras


def doc_example():
    return keras.Sequential([L.Dense(5, input_shape=(3,)), L.Softmax()])


def cases(add):
    add("doc_example", doc_example, rows=10, formats=("keras", "h5", "deflated", "json"))
    add("doc_example", doc_example, rows=10, formats=("json_v3",), keras=(2,))
    add("doc_example", doc_example, rows=10, formats=("folder",), keras=(3,))
