"""The backend behind Triton's real server: configurations, results beside Keras's, clients at once, faults, statistics."""

import pathlib
import shutil
import tempfile
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tritonclient.http as triton
import tritonclient.utils.shared_memory as shared_memory
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from folders import CASES, ROOT, model_file
from triton_process import TritonServer

CLIENTS = 32
RECORDED = ("doc_example_k3", "text_classify_k3", "topology_rows_mix_k3", "ages_heads_k3_12", "stateful_lstm_k3", "string_lookup_inverse_k3")


def infer(client, model, arrays, outputs=None):
    inputs = []
    for name, array in arrays.items():
        inputs.append(triton.InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype)))
        inputs[-1].set_data_from_numpy(array)
    asked = None if outputs is None else [triton.InferRequestedOutput(name) for name in outputs]
    return client.infer(model, inputs, outputs=asked)


class Repository(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        repository = pathlib.Path(cls.folder.name)
        for case in (*RECORDED, "hashing_crossing_flat_k3"):
            version = repository / case / "1"
            version.mkdir(parents=True)
            shutil.copy(model_file(case), version)
            (version.parent / "config.pbtxt").write_text('backend: "keraunos"\n')
        (repository / "named.keraunos" / "1").mkdir(parents=True)  # no config.pbtxt at all
        shutil.copy(model_file("doc_example_k3"), repository / "named.keraunos" / "1")
        for model in ("doc_example", "doc_example_tuned"):
            shutil.copytree(ROOT / "examples" / "triton" / "models" / model, repository / model)
        (repository / "cut" / "1").mkdir(parents=True)
        (repository / "cut" / "1" / "model.keras").write_bytes(model_file("doc_example_k3").read_bytes()[:5000])
        (repository / "cut" / "config.pbtxt").write_text('backend: "keraunos"\n')
        cls.server = TritonServer(repository, ready=False)
        cls.client = cls.client_of()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        status = cls.server.stop()
        cls.folder.cleanup()
        assert status == 0, status

    @classmethod
    def client_of(cls):
        return triton.InferenceServerClient(f"127.0.0.1:{cls.server.port}")

    def arrays_of(self, case):
        """The recorded inputs by the names and of the types of the model's metadata, and what Keras computed."""
        metadata = self.client.get_model_metadata(case)
        with np.load(CASES / case / "inputs.npz", allow_pickle=False) as file:
            given = {name: file[name] for name in file.files}
        arrays = {}
        for place, spec in enumerate(metadata["inputs"]):
            array = given.get(spec["name"], given.get(f"arr_{place}"))
            kinds = {"BYTES": np.object_, "FP32": np.float32, "INT32": np.int32, "INT64": np.int64}
            arrays[spec["name"]] = array.astype(kinds[spec["datatype"]]) if array.dtype.kind != "S" else array.astype(np.object_)
        with np.load(CASES / case / "outputs.npz", allow_pickle=False) as file:
            return arrays, [(spec["name"], file[spec["name"]] if spec["name"] in file.files else file[file.files[place]])
                            for place, spec in enumerate(metadata["outputs"])]

    def test_results_are_those_of_keras(self):
        for case in RECORDED:
            arrays, expected = self.arrays_of(case)
            answer = infer(self.client, case, arrays)
            for name, array in expected:
                found = answer.as_numpy(name)
                if array.dtype.kind in "SU":
                    self.assertEqual(found.astype(array.dtype).tolist(), array.tolist(), case)
                else:
                    np.testing.assert_allclose(found, array, rtol=1e-4, atol=1e-5, err_msg=case)

    def test_one_value_in_each_row_has_an_axis_of_1(self):
        arrays, expected = self.arrays_of("hashing_crossing_flat_k3")
        answer = infer(self.client, "hashing_crossing_flat_k3", {name: array[:, None] for name, array in arrays.items()})
        for name, array in expected:
            self.assertEqual(answer.as_numpy(name).tolist(), (array[:, None] if array.ndim == 1 else array).tolist())

    def test_system_shared_memory(self):
        x = np.full((2, 3), 0.5, np.float32)
        region = shared_memory.create_shared_memory_region("x", "/keraunos_triton_test", x.nbytes)
        try:
            shared_memory.set_shared_memory_region(region, [x])
            self.client.register_system_shared_memory("x", "/keraunos_triton_test", x.nbytes)
            given = triton.InferInput("input_layer", [2, 3], "FP32")
            given.set_shared_memory("x", x.nbytes)
            answer = self.client.infer("doc_example", [given]).as_numpy("softmax")
            self.client.unregister_system_shared_memory("x")
        finally:
            shared_memory.destroy_shared_memory_region(region)
        np.testing.assert_array_equal(answer, infer(self.client, "doc_example", {"input_layer": x}).as_numpy("softmax"))

    def test_configurations_follow_from_the_files(self):
        rows = {name: self.client.get_model_config(name)["max_batch_size"] for name in (*RECORDED, "named.keraunos", "doc_example", "doc_example_tuned")}
        unbatched = {name for name, most in rows.items() if most == 0}
        self.assertEqual(unbatched, {"topology_rows_mix_k3", "stateful_lstm_k3"})
        self.assertEqual((rows["doc_example"], rows["named.keraunos"], rows["doc_example_tuned"]), (1024, 1024, 64))
        tuned = self.client.get_model_config("doc_example_tuned")
        self.assertEqual(tuned["instance_group"][0]["count"], 2)
        self.assertEqual([port["name"] for port in tuned["input"]], ["input_layer"])

    def test_clients_at_once(self):
        x = np.random.default_rng(1).random((CLIENTS, 40, 3), np.float32)
        alone = {}
        for model in ("named.keraunos", "doc_example_tuned"):
            alone[model] = [infer(self.client, model, {"input_layer": rows}).as_numpy("softmax") for rows in x]
            before = self.counts(model)
            together = threading.Barrier(CLIENTS)

            def one_client(number, model=model, together=together):
                client = self.client_of()
                together.wait()
                answers = [infer(client, model, {"input_layer": row[None]}).as_numpy("softmax") for row in x[number]]
                client.close()
                return np.concatenate(answers)

            with ThreadPoolExecutor(CLIENTS) as pool:
                answers = list(pool.map(one_client, range(CLIENTS)))
            np.testing.assert_allclose(np.stack(answers), np.stack(alone[model]), rtol=1e-6, atol=1e-7)
            requests, executions = (after - earlier for after, earlier in zip(self.counts(model), before))
            self.assertEqual(requests, CLIENTS * 40)
            self.assertLess(executions, requests, "no two requests were computed together")

    def counts(self, model):
        statistics = self.client.get_inference_statistics(model)["model_stats"][0]
        return statistics["inference_count"], statistics["execution_count"]

    def test_faults_are_answered_in_words(self):
        with self.assertRaisesRegex(InferenceServerException, r"input 'input_layer'|input_layer"):
            infer(self.client, "doc_example", {"input_layer": np.zeros((1, 4), np.float32)})
        with self.assertRaisesRegex(InferenceServerException, r"unexpected inference output 'nothing'|nothing"):
            infer(self.client, "doc_example", {"input_layer": np.zeros((1, 3), np.float32)}, ["nothing"])
        failed = next(model for model in self.client.get_model_repository_index() if model["name"] == "cut")
        self.assertEqual(failed["state"], "UNAVAILABLE")
        self.assertRegex(failed["reason"], r"model\.keras")

    def test_statistics(self):
        infer(self.client, "ages_heads_k3_12", self.arrays_of("ages_heads_k3_12")[0])
        statistics = self.client.get_inference_statistics("ages_heads_k3_12")["model_stats"][0]
        success = statistics["inference_stats"]
        self.assertGreater(success["compute_infer"]["ns"], 0)
        self.assertEqual(success["success"]["count"], success["compute_infer"]["count"])
        self.assertEqual(sum(batch["compute_infer"]["count"] for batch in statistics["batch_stats"]), statistics["execution_count"])


if __name__ == "__main__":
    unittest.main()
