"""The order of Keras's Model.weights, for Model::set_weights: tests/data/saving/weight_order_k{2,3}.txt.

    python record_weight_order.py

Run by a Python with Keras 3.15, and by one with TensorFlow 2.15. A line for each weight: the case, the layer or - for the model,
the shape, and the sum of the elements.
"""

import os
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
import keras
import numpy as np

TESTS = Path(__file__).parent.parent
CASES = {
    2: ["topology_frozen_parts_k2", "topology_nested_deep_k2", "lstm_encoder_decoder_k2", "mha_cross_k2", "bidirectional_cells_masked_k2"],
    3: ["topology_frozen_parts_k3", "topology_nested_deep_k3", "lstm_encoder_decoder_k3", "mha_cross_k3", "int8_dense_k3", "bidirectional_cells_masked_k3"],
}


def line(case, layer, value):
    shape = "x".join(map(str, value.shape)) or "scalar"
    return f"{case} {layer} {shape} {np.sum(value, dtype='float64'):.6g}"


def main():
    major = int(keras.__version__.split(".")[0])
    lines = []
    for case in CASES[major]:
        model = keras.models.load_model(TESTS / "cases" / case / "model.keras", compile=False)
        lines += [line(case, "-", value) for value in model.get_weights()]
        for layer in model.layers:
            lines += [line(case, layer.name, value) for value in layer.get_weights()]
    (TESTS / "data" / "saving" / f"weight_order_k{major}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
