"""The tritonserver of nvidia-pytriton's wheel (0.7, Triton 2.51) on 127.0.0.1, with this build's backend."""

import http.client
import importlib.util
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading

BACKENDS = os.environ.get("KERAUNOS_TRITON_BACKENDS", "")  # the folder that holds keraunos/libtriton_keraunos.so


def free_port():
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


def program():
    (package,) = importlib.util.find_spec("pytriton").submodule_search_locations
    return pathlib.Path(package) / "tritonserver" / "bin" / "tritonserver"


class TritonServer:
    """Started when it is made; ready where `ready` is true, else only alive."""

    def __init__(self, repository, *arguments, ready=True):
        self.port = free_port()
        command = [program(), f"--model-repository={repository}", f"--backend-directory={BACKENDS}", "--allow-grpc=false"]
        command += ["--allow-metrics=false", "--http-address=127.0.0.1", f"--http-port={self.port}", "--exit-on-error=false"]
        self._process = subprocess.Popen([*map(str, command), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = []
        self._reader = threading.Thread(target=lambda: self.lines.extend(self._process.stdout), daemon=True)
        self._reader.start()
        pause = threading.Event()
        for _ in range(240):
            try:
                if self.get("/v2/health/ready" if ready else "/v2/health/live")[0] == 200:
                    return
            except OSError:
                pass
            if self._process.poll() is not None:
                break
            pause.wait(0.25)
        self.stop()
        raise AssertionError("the server does not answer:\n" + "".join(self.lines[-40:]))

    def get(self, path):
        """Status and JSON; None where there is no body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, json.loads(body) if body else None

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(timeout=60)
        finally:
            self._process.kill()
        self._reader.join()
        self._process.stdout.close()
        return status
