"""The machine and the versions of a measurement, and nothing that names either."""

import datetime
import importlib.metadata
import os
import subprocess


def describe():
    with open("/proc/cpuinfo") as file:
        lines = dict(line.split(":", 1) for line in file if ":" in line)
    fields = {key.strip(): value.strip() for key, value in lines.items()}
    flags = fields.get("flags", "").split()
    return {
        "cpu": f"{fields.get('model name', 'unknown')} (family {fields.get('cpu family', '?')}, model {fields.get('model', '?')})",
        "instructions": [name for name in ("avx2", "avx512f", "amx_bf16") if name in flags],
        "cores": len(os.sched_getaffinity(0)),
        "load_average_at_start": os.getloadavg()[0],
        "date": datetime.date.today().isoformat(),
    }


def versions(repository):
    packages = ("onnxruntime", "tensorflow-cpu", "keras", "onnx", "tf2onnx", "numpy")
    found = {name: importlib.metadata.version(name) for name in packages}
    commit = subprocess.run(["git", "-C", repository, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return {"keraunos": commit.stdout.strip(), **found}
