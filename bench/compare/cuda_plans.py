"""What the CUDA device would do, read off the plan that it makes over the stand-in: no GPU is needed, and nothing here is a time."""

import json
import re
import subprocess


def figures(program, models, name, rows):
    command = [program, "inspect", str(models / f"{name}.keras"), "--plan", "--device", "cuda", "--json", "--batch", str(rows)]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    plan = report["plan"]
    steps, kernels = map(int, re.search(r"(\d+) steps, (\d+) kernels", plan).groups())
    arena, apart = map(int, re.search(r"arena (\d+) bytes \(.* (\d+) bytes without sharing", plan).groups())
    elements = lambda tensors: sum(size(tensor["shape"], rows) for tensor in tensors)
    return {
        "model": name,
        "rows": rows,
        "kernels": kernels,
        "steps": steps,
        # Biases, residuals and activations in epilogues "then {r2=add r0 r1; …}": each would be a kernel of its own.
        "fused": sum(len(re.findall(r"r\d+=(?!constant)", text)) for text in re.findall(r" then \{([^}]*)\}", plan)),
        "pointwise_steps": plan.count("pointwise {"),
        "bytes_to_device": 4 * elements(report["inputs"]),
        "bytes_to_host": 4 * elements(report["outputs"]),
        "arena_bytes": arena,
        "arena_without_sharing": apart,
    }


def size(shape, rows):
    product = rows
    for extent in shape[1:]:
        product *= extent
    return product
