"""keraunos.kserve behind kserve's real server (kserve 0.21) on 127.0.0.1: routes of V1 and V2, probes, refusals."""

import asyncio
import base64
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import kserve
import numpy as np
from kserve.protocol.infer_type import RequestedOutput

import keraunos
from folders import EXAMPLE, model_file
from keraunos.kserve import Model, find_model

X = np.random.default_rng(1).random((4, 3), np.float32)
HEADS, WORDS = model_file("ages_heads_k3_12"), model_file("string_lookup_adapted_k3")


def free_port():
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


def started(*arguments):
    """A server that accepts connections, and its port."""
    port = free_port()
    command = [sys.executable, "-m", "keraunos.kserve", "--http_port", str(port), "--enable_grpc", "false", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = []
    thread = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
    thread.start()
    pause = threading.Event()
    for _ in range(240):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/health/ready", timeout=1).close()
            return process, port, thread
        except OSError:
            if process.poll() is not None:
                break
            pause.wait(0.25)
    process.kill()
    raise AssertionError("the server does not answer:\n" + "".join(lines[-30:]))


class Server(unittest.TestCase):
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.process, cls.port, cls.reader = started(*cls.arguments)

    @classmethod
    def tearDownClass(cls):
        cls.process.send_signal(signal.SIGTERM)
        status = cls.process.wait(timeout=60)
        cls.reader.join()
        cls.process.stdout.close()
        assert status in (0, -signal.SIGTERM), status

    def request(self, path, body=None, headers=None):
        """Status and body."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json", **(headers or {})}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answer = response.read()
                return response.status, json.loads(answer) if "json" in response.headers.get("Content-Type", "") else answer
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def assert_refused(self, words, path, body):
        status, answer = self.request(path, body)
        self.assertEqual(status, 400, answer)
        self.assertRegex(answer["error"], words)


class OneInput(Server):
    arguments = ("--model_name", "iris", "--model_dir", EXAMPLE)
    expected = keraunos.load_model(EXAMPLE).predict(X, verbose=0)

    def test_rows(self):
        for rows in (X.tolist(), [{"input_layer": row} for row in X.tolist()]):
            status, answer = self.request("/v1/models/iris:predict", {"instances": rows, "signature_name": "serving_default"})
            self.assertEqual((status, list(answer)), (200, ["predictions"]))
            np.testing.assert_array_equal(np.float32(answer["predictions"]), self.expected)

    def test_a_body_without_its_type(self):
        """A request in the form that `curl -d` sends."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer = self.request("/v1/models/iris:predict", {"instances": X.tolist()}, headers)
        self.assertEqual(status, 200)
        np.testing.assert_array_equal(np.float32(answer["predictions"]), self.expected)
        for body, words in ((b'{"instances": [', "the body is not JSON"), (b"3", "an object of JSON")):
            status, answer = self.request("/v1/models/iris:predict", body, headers)
            self.assertEqual(status, 400)
            self.assertRegex(answer["error"], words)

    def test_columns(self):
        for columns in (X.tolist(), {"input_layer": X.tolist()}):
            status, answer = self.request("/v1/models/iris:predict", {"inputs": columns})
            self.assertEqual((status, list(answer)), (200, ["outputs"]))
            np.testing.assert_array_equal(np.float32(answer["outputs"]), self.expected)

    def test_states(self):
        self.assertEqual(self.request("/v1/models/iris"), (200, {"name": "iris", "ready": True}))
        self.assertEqual(self.request("/v2/models/iris/ready")[0], 200)
        status, answer = self.request("/v2/models/iris")
        self.assertEqual(answer["inputs"], [{"name": "input_layer", "datatype": "FP32", "shape": [-1, 3]}])
        self.assertEqual(answer["outputs"], [{"name": "softmax", "datatype": "FP32", "shape": [-1, 5]}])
        self.assertEqual(self.request("/v2/models/other/infer", {"inputs": []})[0], 404)

    def test_tensors(self):
        for data in (X.tolist(), X.reshape(-1).tolist()):
            body = {"id": "7", "inputs": [{"name": "input_layer", "shape": [4, 3], "datatype": "FP32", "data": data}]}
            status, answer = self.request("/v2/models/iris/infer", body)
            self.assertEqual(
                (status, answer["id"], answer["outputs"][0]["shape"], answer["outputs"][0]["datatype"]),
                (200, "7", [4, 5], "FP32"),
            )
            np.testing.assert_array_equal(np.float32(answer["outputs"][0]["data"]).reshape(4, 5), self.expected)

    def test_binary_tensors(self):
        tensor = kserve.InferInput("input_layer", [4, 3], "FP32")
        tensor.set_data_from_numpy(X)
        request = kserve.InferRequest("iris", [tensor], parameters={"binary_data_output": True})
        body, length = request.to_rest()
        headers = {"Inference-Header-Content-Length": str(length), "Content-Type": "application/octet-stream"}
        made = urllib.request.Request(f"http://127.0.0.1:{self.port}/v2/models/iris/infer", body, headers)
        with urllib.request.urlopen(made, timeout=60) as response:
            answer = kserve.InferResponse.from_bytes(response.read(), int(response.headers["Inference-Header-Content-Length"]))
        np.testing.assert_array_equal(answer.outputs[0].as_numpy(), self.expected)

    def test_one_binary_output(self):
        tensor = {"name": "input_layer", "shape": [4, 3], "datatype": "FP32", "data": X.tolist()}
        body = {"inputs": [tensor], "outputs": [{"name": "softmax", "parameters": {"binary_data": True}}]}
        status, answer = self.request("/v2/models/iris/infer", body)
        self.assertEqual((status, answer[-80:]), (200, self.expected.tobytes()))

    def test_many_at_once(self):
        def one(i):
            status, answer = self.request("/v1/models/iris:predict", {"instances": X[i % 4 : i % 4 + 1].tolist()})
            return status, np.array_equal(np.float32(answer["predictions"]), self.expected[i % 4 : i % 4 + 1])

        with ThreadPoolExecutor(8) as pool:
            self.assertEqual(set(pool.map(one, range(100))), {(200, True)})

    def test_refusals(self):
        path = "/v1/models/iris:predict"
        rows = X.tolist()
        for body, words in (
            ({"instances": [[1, 2], [1, 2]]}, "input_layer"),
            ({"instances": [[1, 2, 3], [1]]}, "rows of several lengths"),
            ({"instances": []}, "list of rows"),
            ({"instances": [{"z": [1, 2, 3]}]}, '"input_layer" is missing; found z'),
            ({"instances": rows, "inputs": rows}, "either .instances"),
            ({"instances": rows, "signature_name": "other"}, "signature_name is 'other'"),
            ({"instances": rows, "parameters": {}}, 'has "parameters"'),
            ({"inputs": 3}, "must be a list of rows"),
            ({"instances": [["a", "b", "c"]]}, "input_layer"),
            ({"instances": [{"b64": "!"}]}, "is not a value"),
            ({"instances": [{"input_layer": rows[0]}, {"other": rows[0]}]}, "instance 1 does not have the names"),
        ):
            self.assert_refused(words, path, body)
        tensor = {"name": "input_layer", "shape": [4, 3], "datatype": "FP32", "data": rows}
        for change, words in (
            ({"name": "x"}, '"input_layer" is missing; found x'),
            ({"shape": [4, 4]}, "no tensor of FP32"),
            ({"datatype": "FP33"}, "FP33|datatype"),
        ):
            self.assert_refused(words, "/v2/models/iris/infer", {"inputs": [{**tensor, **change}]})
        self.assert_refused('no input "more"', "/v2/models/iris/infer", {"inputs": [tensor, {**tensor, "name": "more"}]})
        self.assert_refused('no output "z"', "/v2/models/iris/infer", {"inputs": [tensor], "outputs": [{"name": "z"}]})


class SeveralInputs(Server):
    arguments = ("--model_name", "heads", "--model_dir", HEADS, "--threads", 1)

    def test_rows_and_tensors(self):
        q, v = (np.random.default_rng(i).random((2, 4 + i, 6), np.float32) for i in range(2))
        expected = dict(zip(("plain", "heads"), keraunos.load_model(HEADS).predict([q, v], verbose=0)))
        status, answer = self.request(
            "/v1/models/heads:predict", {"instances": [{"q": a.tolist(), "v": b.tolist()} for a, b in zip(q, v)]}
        )
        for name, values in expected.items():
            np.testing.assert_array_equal(np.float32([row[name] for row in answer["predictions"]]), values)
        status, answer = self.request("/v1/models/heads:predict", {"inputs": {"q": q.tolist(), "v": v.tolist()}})
        np.testing.assert_array_equal(np.float32(answer["outputs"]["heads"]), expected["heads"])
        tensors = [
            {"name": name, "shape": list(array.shape), "datatype": "FP32", "data": array.reshape(-1).tolist()}
            for name, array in (("q", q), ("v", v))
        ]
        status, answer = self.request("/v2/models/heads/infer", {"inputs": tensors, "outputs": [{"name": "heads"}]})
        self.assertEqual(status, 200, answer)
        self.assertEqual([output["name"] for output in answer["outputs"]], ["heads"])
        np.testing.assert_array_equal(
            np.float32(answer["outputs"][0]["data"]).reshape(expected["heads"].shape), expected["heads"]
        )
        self.assert_refused("several inputs, q, v", "/v1/models/heads:predict", {"instances": q.tolist()})


class Texts(Server):
    arguments = ("--model_name", "words", "--model_dir", WORDS)

    def test_texts(self):
        words = np.array([["a", "b", "no such"]], object)
        expected = keraunos.load_model(WORDS).predict(words, verbose=0)[0]
        coded = [[{"b64": base64.b64encode(word.encode()).decode()} for word in words[0]]]
        for rows in (words.tolist(), coded):
            status, answer = self.request("/v1/models/words:predict", {"instances": rows})
            self.assertEqual(status, 200, answer)
            np.testing.assert_array_equal([row["lookup"] for row in answer["predictions"]], expected)
        body = {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "BYTES", "data": words[0].tolist()}]}
        status, answer = self.request("/v2/models/words/infer", body)
        self.assertEqual(status, 200, answer)
        self.assertEqual(
            answer["outputs"][0],
            {**answer["outputs"][0], "name": "lookup", "datatype": "INT64", "data": expected.reshape(-1).tolist()},
        )


class Places(unittest.TestCase):
    def test_what_lies_at_a_place(self):
        self.assertEqual(find_model(EXAMPLE), str(EXAMPLE))
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for wrong in (folder, folder / "no"):
                with self.assertRaises(FileNotFoundError):
                    find_model(wrong)
            (folder / "m.keras").write_bytes(b"")
            self.assertEqual(find_model(folder), str(folder / "m.keras"))
            (folder / "n.h5").write_bytes(b"")
            with self.assertRaisesRegex(keraunos.ModelNotFoundError, "one model .*found m.keras, n.h5; name the file"):
                find_model(folder)
            for version in ("9", "10"):
                (folder / "versions" / version).mkdir(parents=True)
                (folder / "versions" / version / "saved_model.pb").write_bytes(b"")
            self.assertEqual(find_model(folder / "versions"), str(folder / "versions" / "10"))

    def test_a_server_without_a_model_ends(self):
        done = subprocess.run([sys.executable, "-m", "keraunos.kserve", "--model_dir", "no/such"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("File not found: filepath=no/such", done.stderr)

    def test_outputs_that_are_asked_for(self):
        model = Model("m", WORDS)
        model.load()
        tensor = kserve.InferInput("x", [1, 3], "BYTES", [b"a", b"b", b"c"])
        for asked, expected in ((["y"], ["y"]), ([], ["lookup", "y"])):
            request = kserve.InferRequest("m", [tensor], request_outputs=[RequestedOutput(name) for name in asked])
            self.assertEqual([output.name for output in asyncio.run(model.predict(request)).outputs], expected)

    def test_a_class_for_servers_of_others(self):
        model = Model("m", EXAMPLE, device="cpu", threads=1)
        self.assertFalse(model.ready)
        self.assertTrue(model.load() and model.ready)
        answer = asyncio.run(model.predict({"instances": X.tolist()}))
        np.testing.assert_array_equal(np.float32(answer["predictions"]), OneInput.expected)
        threads = []
        model._answer = lambda payload: threads.append(threading.current_thread())
        asyncio.run(model.predict({}))
        self.assertNotIn(threading.main_thread(), threads)  # so that probes are served during a prediction
        stateful = Model("m", model_file("batches_stateful_lstm_k3"))
        with self.assertRaisesRegex(NotImplementedError, "is stateful"):
            stateful.load()


if __name__ == "__main__":
    unittest.main()
