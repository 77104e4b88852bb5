"""A model's inputs and outputs, and the structure (array, list, dictionary) in which Keras takes and returns them."""

from typing import NamedTuple


class TensorSpec(NamedTuple):
    """An input or an output: the properties of a KerasTensor that a saved model contains."""

    name: str
    dtype: str
    shape: tuple
    input_layer: str = ""

    @property
    def ndim(self):
        return len(self.shape)


def _is_reference(tree):
    """`["dense", 0, 0]`: a tensor in a config of Keras."""
    return isinstance(tree, (list, tuple)) and len(tree) >= 3 and isinstance(tree[0], str) and isinstance(tree[1], int)


def _structure(tree, one_of_list_is_it):
    if _is_reference(tree):
        return None
    if isinstance(tree, dict):
        return {key: _structure(value, False) for key, value in tree.items()}
    if one_of_list_is_it and len(tree) == 1 and _is_reference(tree[0]):
        return None
    return [_structure(value, False) for value in tree]


def structure_of(config, key, count):
    """None for one tensor; otherwise a list or a dictionary of these. `config`: the model's; `key`: "input_layers" or
    "output_layers"."""
    tree = config.get(key) if isinstance(config, dict) else None
    if tree is not None and (isinstance(tree, dict) or _leaves(_structure(tree, True)) == count):
        return _structure(tree, True)
    return None if count == 1 else [None] * count


def structure_of_signature(outputs):
    """The function of a SavedModel returns results by name, even a single one."""
    return {spec.name: None for spec in outputs}


def _leaves(structure):
    if structure is None:
        return 1
    return sum(map(_leaves, structure.values() if isinstance(structure, dict) else structure))


def pack(structure, named):
    """Results, pairs (name, array) in the model's order, converted to Keras's structure."""
    if structure is None:
        return named[0][1]
    by_name = dict(named)
    places = iter(range(len(named)))

    def filled(part, path, in_dictionary):
        if part is None:
            place = next(places)
            return by_name[path] if in_dictionary else named[place][1]
        below = f"{path}." if path else ""
        if isinstance(part, dict):
            return {key: filled(value, below + key, True) for key, value in part.items()}
        return [filled(value, below + str(i), in_dictionary) for i, value in enumerate(part)]

    return filled(structure, "", False)
