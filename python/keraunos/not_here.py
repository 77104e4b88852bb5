"""Members of Keras's Model that Keraunos does not have: calls say so and name what serves instead."""

from .errors import UnsupportedError

_INSTEAD = {
    "fit": "Keraunos does not train; train with Keras and load the file that it saves",
    "train_on_batch": "Keraunos does not train; train with Keras and load the file that it saves",
    "compile": "evaluate() uses the loss and the metrics of the file; a model needs no compile() to predict",
    "save_weights": 'save("model.keras") writes the weights with the model',
    "export": "Keraunos writes .keras files alone: save(\"model.keras\")",
    "quantize": 'save("small.keras", quantize="int8") writes a quantised model, which can be loaded',
}


class NotHere:
    """A base of Model."""


def _refusal(name, instead):
    def refuse(self, *arguments, **keywords):
        raise UnsupportedError(f"{name}() is not supported: {instead}")

    refuse.__name__ = name
    refuse.__doc__ = f"Not supported: {instead}."
    return refuse


for _name, _text in _INSTEAD.items():
    setattr(NotHere, _name, _refusal(_name, _text))
