"""The machine and the versions of a measurement, without names that identify the machine."""

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


class Others:
    """The share of the machine that other programs used during a measurement: 0 none, 1 all of it."""

    def __init__(self, processes):
        self.processes = processes
        self.begun = self.busy(), self.own()

    def share(self):
        (busy, total), own = self.busy(), self.own()
        (busy_before, total_before), own_before = self.begun
        return max(0.0, (busy - busy_before - (own - own_before)) / max(1, total - total_before))

    def busy(self):
        with open("/proc/stat") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        return sum(ticks) - ticks[3] - ticks[4], sum(ticks)

    def own(self):
        return sum(self.ticks(process) for process in self.processes)

    def ticks(self, process):
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
