"""The names, shapes, layers and weights of a model. Expected values: those of Keras 3.15 (looked up by running
it)."""

import unittest

import numpy as np

import keraunos as keras
from folders import EXAMPLE, model_file
from keraunos.specs import pack, structure_of
from printed import printed


class Facts(unittest.TestCase):
    def setUp(self):
        self.model = keras.load_model(EXAMPLE)

    def test_names_and_shapes(self):
        self.assertEqual(self.model.name, "sequential")
        self.assertEqual(self.model.input_shape, (None, 3))
        self.assertEqual(self.model.output_shape, (None, 5))
        self.assertEqual(self.model.inputs[0].dtype, "float32")
        self.assertEqual([layer.name for layer in self.model.layers], ["dense", "softmax"])
        self.assertEqual(self.model.count_params(), 20)
        self.assertEqual(self.model.get_config()["layers"][1]["class_name"], "Dense")

    def test_several_inputs_and_outputs(self):
        model = keras.load_model(model_file("ages_dictionaries_k3_12"))
        self.assertEqual(set(model.input_names), {"b", "z"})
        self.assertEqual(set(model.output_names), {"tall", "average"})
        self.assertIsInstance(model.input_shape, list)

    def test_layers(self):
        dense = self.model.get_layer("dense")
        self.assertEqual(repr(dense), "<Dense name=dense>")
        self.assertEqual(dense.kernel.shape, (3, 5))
        self.assertEqual(dense.bias.numpy().tolist(), dense.get_weights()[1].tolist())
        self.assertEqual([weight.name for weight in dense.weights], ["kernel", "bias"])
        self.assertEqual(dense.weights[0].path, "dense/kernel")
        self.assertEqual(dense.get_config()["units"], 5)
        self.assertEqual(self.model.get_layer(index=-1).name, "softmax")
        self.assertEqual([w.shape for w in self.model.get_weights()], [(3, 5), (5,)])
        with self.assertRaisesRegex(AttributeError, 'layer "dense".*has no "gamma"; its weights: kernel, bias'):
            dense.gamma

    def test_weights_of_layers_inside_layers(self):
        shapes = [weight.shape for weight in keras.load_model(model_file("time_distributed_embedding_k3")).get_weights()]
        self.assertEqual(shapes, [(5, 4), (4, 16), (4, 16), (16,), (4, 12), (3, 12), (12,)])  # in Keras's order

    def test_get_layer_refuses_what_keras_refuses(self):
        for arguments in ((), ("dense", 0), ("dence",), (None, 9)):
            with self.assertRaises(ValueError):
                self.model.get_layer(*arguments)
        with self.assertRaisesRegex(ValueError, "dense"):
            self.model.get_layer("dence")

    def test_weights_are_copies(self):
        self.model.get_layer("dense").kernel[:] = 0
        self.assertTrue(self.model.get_layer("dense").kernel.any())

    def test_summary(self):
        lines = []
        self.assertIsNone(self.model.summary(print_fn=lines.append))
        self.assertIn("Total params: 20 (80.00 B)", lines[0])
        self.assertEqual(printed(self.model.summary), lines[0] + "\n")
        self.model.summary(line_length=100, print_fn=lines.append)
        self.assertGreater(max(map(len, lines[1].splitlines())), max(map(len, lines[0].splitlines())))
        with self.assertRaisesRegex(NotImplementedError, "expand_nested=True is not supported"):
            self.model.summary(expand_nested=True)

    def test_html(self):
        text = self.model._repr_html_()
        self.assertIn("<td>dense</td><td>Dense</td><td>kernel (3, 5), bias (5,)</td>", text)
        self.assertEqual(text.count("<tr>"), 3)

    def test_with_outputs(self):
        logits = self.model.with_outputs("dense").predict(np.ones((2, 3)), verbose=0)
        kernel, bias = self.model.get_weights()
        np.testing.assert_allclose(logits, np.ones((2, 3), np.float32) @ kernel + bias, rtol=1e-5)


class Structures(unittest.TestCase):
    def test_of_a_config(self):
        a, b = ["a", 0, 0], ["b", 0, 0]
        for tree, count, structure in ((a, 1, None), ([a], 1, None), ([a, b], 2, [None, None]), ({"k": a}, 1, {"k": None}), ({"k": [a, b]}, 2, {"k": [None, None]})):
            self.assertEqual(structure_of({"output_layers": tree}, "output_layers", count), structure)
        self.assertEqual(structure_of({}, "output_layers", 2), [None, None])

    def test_dictionaries_are_filled_by_names(self):
        named = [("one", 1), ("1.j", 2), ("1.k.0", 3), ("1.k.1", 4)]
        self.assertEqual(pack([None, {"k": [None, None], "j": None}], named), [1, {"k": [3, 4], "j": 2}])
        self.assertEqual(pack({"b": None, "a": None}, [("a", 1), ("b", 2)]), {"a": 1, "b": 2})


if __name__ == "__main__":
    unittest.main()
