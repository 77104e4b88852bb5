"""The argument max_turns of predictions, with loops whose end depends on data: the recorded loops of function_loops take 3 and 4 turns."""

import unittest

import numpy as np

import keraunos
from folders import CASES, model_file


def arrays(name):
    with np.load(CASES / "function_loops" / name) as stored:
        return {key: stored[key] for key in stored.files}


class MaxTurns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = keraunos.load_model(model_file("function_loops"), device="cpu")
        cls.x = arrays("inputs.npz")["x"]
        cls.golden = arrays("outputs.npz")

    def calls(self):
        """Every call that takes max_turns."""
        model, x = self.model, self.x
        return {
            "predict": lambda turns: model.predict(x, verbose=0, max_turns=turns),
            "predict with a bar": lambda turns: model.predict(x, verbose=2, max_turns=turns),
            "predict of batches": lambda turns: model.predict(iter([x]), verbose=0, max_turns=turns),
            "predict_on_batch": lambda turns: model.predict_on_batch(x, max_turns=turns),
            "call": lambda turns: model(x, max_turns=turns),
            "predict_stream": lambda turns: next(model.predict_stream([x], max_turns=turns)),
            "predict_stream without prefetch": lambda turns: next(model.predict_stream([x], 0, max_turns=turns)),
            "predict_columns": lambda turns: model.predict_columns({"x": x}, max_turns=turns),
        }

    def test_enough_turns(self):
        for name, call in self.calls().items():
            for turns in (None, 4, np.int32(4), 2**63 - 1):
                with self.subTest(name, turns=turns):
                    results = call(turns)
                    self.assertEqual(set(results), set(self.golden))
                    for key, expected in self.golden.items():
                        np.testing.assert_allclose(results[key], expected, atol=1e-6, err_msg=key)

    def test_too_few_turns(self):
        for name, call in self.calls().items():
            for turns in (0, 2):
                with self.subTest(name, turns=turns), self.assertRaisesRegex(keraunos.DataError, f"still holds after {turns} turns"):
                    call(turns)

    def test_refused_values(self):
        for name, call in self.calls().items():
            for turns in (-1, 2.5, True, "4", 2**63):
                with self.subTest(name, turns=turns), self.assertRaisesRegex(keraunos.UsageError, "max_turns="):
                    call(turns)

    def test_one_array(self):  # these models have a way of their own where no option is given
        model = keraunos.load_model(model_file("dense_one_input_k3"))
        with np.load(CASES / "dense_one_input_k3" / "inputs.npz") as stored:
            x = stored[stored.files[0]]
        expected = model.predict(x, verbose=0)
        for call in (lambda turns: model.predict(x, verbose=0, max_turns=turns), lambda turns: model.predict_on_batch(x, max_turns=turns),
                     lambda turns: model(x, max_turns=turns)):
            np.testing.assert_array_equal(call(7), expected)
            with self.assertRaises(keraunos.UsageError):
                call(-1)

    def test_stateful_models_refuse_it(self):
        model = keraunos.load_model(model_file("conv_lstm_stateful_k3"))
        shape = [size or 1 for size in model.inputs[0].shape]
        with self.assertRaisesRegex(keraunos.UnsupportedError, "max_turns=9 is not supported by a stateful model"):
            model.predict(np.zeros(shape, np.float32), verbose=0, max_turns=9)


if __name__ == "__main__":
    unittest.main()
