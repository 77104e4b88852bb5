"""Recorded cases (tests/cases/README.md) through Keras's calls: numbers, dtypes and structures."""

import json
import unittest

import numpy as np

import keraunos
from folders import CASES

def arrays(file):
    with np.load(file) as stored:
        return {name: stored[name] for name in stored.files}


def flat(results, path=""):
    """Pairs (path of keys, array)."""
    parts = results.items() if isinstance(results, dict) else enumerate(results) if isinstance(results, list) else None
    if parts is None:
        yield path, results
    for key, value in parts or ():
        yield from flat(value, f"{path}.{key}" if path else str(key))


# predict() continues with the states of the call before, which a session does only where shapes follow from those of the inputs.
STATES_BESIDE_DATA = ("function_states_of_lengths", "stateful_beside_data_k2")


class Cases(unittest.TestCase):
    def load(self, folder, facts):
        weights = facts.get("weights")
        weights = folder / weights if weights else None
        return keraunos.load_model(folder / facts["model"], safe_mode=False, weights=weights, signature=facts.get("signature", ""))

    def compare(self, facts, results, expected):
        """Results in dictionaries are compared by key, others by order."""
        found = dict(flat(results))
        self.assertEqual(len(found), len(expected))
        if not isinstance(results, dict):
            self.assertEqual(isinstance(results, list), len(expected) > 1)
            others = [name for name in expected if name not in found]
            found = {path if path in expected else others.pop(0): array for path, array in found.items()}
        self.assertEqual(set(found), set(expected))
        for name, golden in expected.items():
            self.compare_array(facts, found[name], golden)

    def compare_array(self, facts, result, golden):
        self.assertEqual(result.shape, golden.shape)
        if golden.dtype.kind == "S":
            self.assertEqual([bytes(text) for text in result.reshape(-1)], [bytes(text) for text in golden.reshape(-1)])
        elif golden.dtype.kind == "f":
            as_doubles = result.astype(np.float64), golden.astype(np.float64)
            np.testing.assert_allclose(*as_doubles, rtol=facts.get("rtol", 0), atol=facts.get("atol", 0), equal_nan=True)
        else:
            self.assertEqual(result.dtype, golden.dtype)
            np.testing.assert_array_equal(result, golden)

    def replay(self, folder, facts):
        model = self.load(folder, facts)
        if folder.name in STATES_BESIDE_DATA:
            with self.assertRaisesRegex(keraunos.UsageError, "depend on its data"):
                model.predict(arrays(folder / facts["calls"][0]["inputs"]), verbose=0)
            return
        for call in facts.get("calls", [facts]):
            expected = arrays(folder / call["outputs"])
            given = arrays(folder / call["inputs"])
            if len(given) == 1 and len(model.inputs) == 1:  # Keras renumbers the names of inputs where a class makes its graph
                given = next(iter(given.values()))
            results = model.predict(given, batch_size=facts.get("batch_size"), verbose=0)
            self.compare(facts, results, expected)

    def score(self, folder, facts):
        model = self.load(folder, facts)
        x, y = arrays(folder / facts["inputs"]), arrays(folder / facts["y"])
        weights = arrays(folder / facts["sample_weight"]) if "sample_weight" in facts else None
        if weights is not None and set(weights) == {"all"}:
            weights = weights["all"]
        scores = model.evaluate(x, y, batch_size=facts["evaluate_batch_size"], sample_weight=weights, verbose=0, return_dict=True)
        self.assertEqual(set(scores), set(facts["evaluate"]))
        for name, golden in facts["evaluate"].items():
            np.testing.assert_allclose(scores[name], golden, rtol=1e-4, atol=1e-5, err_msg=name)
        listed = model.evaluate(x, y, batch_size=facts["evaluate_batch_size"], sample_weight=weights, verbose=0)
        listed = listed if isinstance(listed, list) else [listed]
        if facts.get("evaluate_in_order"):
            for value, name in zip(listed, facts["evaluate"]):
                np.testing.assert_array_equal(value, scores[name])

    def test_all(self):
        replayed = scored = 0
        for folder in sorted(CASES.iterdir()):
            if not (folder / "case.json").exists():
                continue
            facts = json.loads((folder / "case.json").read_text())
            if "custom_objects" in facts or "expect_error" in facts or str(facts.get("weights", "")).startswith("synthetic"):
                continue
            with self.subTest(folder.name):
                self.replay(folder, facts)
                replayed += 1
                if "evaluate" in facts:
                    self.score(folder, facts)
                    scored += 1
        self.assertGreater(replayed, 1500)
        self.assertGreater(scored, 30)


if __name__ == "__main__":
    unittest.main()
