"""Rows per second of a model behind Triton, with many connections that send one row at a time, beside the library's own.

triton_load.py MODEL KERAUNOS BACKENDS [--clients 32] [--seconds 5] [--turns 3]

MODEL: a .keras file of one float32 input whose shape is known. KERAUNOS: the program. BACKENDS: build/…/backends. Needs nvidia-pytriton (pip --no-deps)
and NumPy. Clients are threads of this process, which write prepared bytes to their sockets and read the answers.
"""

import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


def request_of(server, name, row):
    """A whole HTTP request in the binary form of the protocol."""
    port = {"name": name, "shape": list(row.shape), "datatype": "FP32", "parameters": {"binary_data_size": row.nbytes}}
    header = json.dumps({"inputs": [port], "parameters": {"binary_data_output": True}}).encode()
    head = f"POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: {len(header) + row.nbytes}\r\n"
    head += f"Inference-Header-Content-Length: {len(header)}\r\n\r\n"
    return head.encode() + header + row.tobytes()


def answer_of(connection):
    """The body of an answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, body = data.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65536)
    if b" 200 " not in head.split(b"\r\n", 1)[0] + b" ":
        raise RuntimeError(body.decode(errors="replace"))
    return body


def rows_per_second(server, message, clients, seconds):
    counts, stop = [0] * clients, time.perf_counter() + seconds

    def one(number):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < stop:
                connection.sendall(message)
                answer_of(connection)
                counts[number] += 1

    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)


def library_rows_per_second(program, model, batch):
    out = subprocess.run([program, "bench", model, "--batch", str(batch), "--json"], capture_output=True, text=True, check=True).stdout
    return json.loads(out)["samples_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("keraunos")
    parser.add_argument("backends")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    os.environ["KERAUNOS_TRITON_BACKENDS"] = os.path.abspath(asked.backends)
    sys.path.insert(0, str(ROOT / "python" / "tests" / "serving"))
    from triton_process import TritonServer  # which reads the environment

    with tempfile.TemporaryDirectory() as repository:
        version = pathlib.Path(repository) / "m" / "1"
        version.mkdir(parents=True)
        shutil.copy(asked.model, version / "model.keras")
        (version.parent / "config.pbtxt").write_text('backend: "keraunos"\n')
        server = TritonServer(repository)
        try:
            spec = server.get("/v2/models/m")[1]["inputs"][0]
            row = np.random.default_rng(1).random([1, *map(int, spec["shape"][1:])], np.float32)
            message = request_of(server, spec["name"], row)
            rows_per_second(server, message, asked.clients, 1)
            served, own = [], []
            for _ in range(asked.turns):
                served.append(rows_per_second(server, message, asked.clients, asked.seconds))
                own.append([library_rows_per_second(asked.keraunos, asked.model, batch) for batch in (1, asked.clients)])
            counts = server.get("/v2/models/m/stats")[1]["model_stats"][0]
        finally:
            server.stop()
    print(f"Triton, {asked.clients} clients: {statistics.median(served):.0f} rows/s, {counts['inference_count'] / counts['execution_count']:.1f} rows together")
    for place, batch in enumerate((1, asked.clients)):
        ratio = statistics.median(ours / library[place] for ours, library in zip(served, own))
        print(f"library, batch {batch}: {statistics.median(library[place] for library in own):.0f} rows/s; Triton / library {ratio:.3f}")


if __name__ == "__main__":
    main()
