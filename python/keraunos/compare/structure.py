"""The structure in which a Keras model expects its inputs: one array, a list, or a dictionary."""


def arranged(model, inputs):
    """`inputs`: arrays by the names of the model's input layers, in the model's order."""
    expected = getattr(model, "input", None)
    if isinstance(expected, dict):
        return {key: inputs[key] if key in inputs else inputs[port.name] for key, port in expected.items()}
    values = list(inputs.values())
    return values[0] if len(values) == 1 else values
