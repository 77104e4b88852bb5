"""Counts of kernels and memory from the plan that the CUDA device makes with the stand-in: needs no GPU and measures no time."""

import json
import re
import subprocess


def figures(program, models, name, rows):
    command = [program, "inspect", str(models / f"{name}.keras"), "--plan", "--device", "cuda", "--json", "--batch", str(rows)]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    plan, memory = report["plan"], report["plan"]["memory"]
    operations = [step["operation"] for step in plan["steps"]]
    return {
        "model": name,
        "rows": rows,
        "kernels": plan["launches"],
        "steps": len(operations),
        # Biases, residuals and activations in epilogues "then {r2=add r0 r1; …}": without fusion each would be a separate kernel.
        "fused": sum(
            len(re.findall(r"r\d+=(?!constant)", text)) for operation in operations for text in re.findall(r" then \{([^}]*)\}", operation)
        ),
        "pointwise_steps": sum(operation.startswith("pointwise {") for operation in operations),
        "bytes_to_device": memory["inputs"],
        "bytes_to_host": memory["outputs"],
        "arena_bytes": memory["arena"],
        "arena_without_sharing": memory["intermediate"],
    }
