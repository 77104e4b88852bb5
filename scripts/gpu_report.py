"""Collects the results of gpu_check.sh into one JSON file: gpu_report.py LOGS RESULTS COMMIT."""
import datetime
import json
import pathlib
import re
import subprocess
import sys


def device():
    fields = ["name", "driver_version", "memory.total", "clocks.max.sm", "clocks.max.memory"]
    out = subprocess.run(["nvidia-smi", "--query-gpu=" + ",".join(fields), "--format=csv,noheader"], capture_output=True, text=True).stdout
    return dict(zip(fields, [value.strip() for value in out.splitlines()[0].split(",")])) if out.strip() else {}


def first_json(text):
    for line in text.splitlines():
        if line.startswith("{"):
            return json.loads(line)
    return None


def counted(report):
    """Adds the results of the processes that shared the cases of one kind: "104 passed, 0 failed, 0 refused"."""
    sums = {}
    for name, step in report["steps"].items():
        kind = re.fullmatch(r"golden_(.*)_\d+", name)
        counts = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) refused", step["last_lines"][-1]) if step["last_lines"] else None
        if kind and counts:
            sum_of_kind = sums.setdefault(kind[1], {"passed": 0, "failed": 0, "refused": 0})
            for key, count in zip(sum_of_kind, counts.groups()):
                sum_of_kind[key] += int(count)
    return sums


def main(logs, results, commit):
    logs, results = pathlib.Path(logs), pathlib.Path(results)
    report = {"date": datetime.date.today().isoformat(), "commit": commit, "device": device(), "steps": {}, "bench": {}}
    for code in sorted(logs.glob("*.code")):
        name = code.stem
        text = (logs / f"{name}.txt").read_text(errors="replace")
        report["steps"][name] = {"exit_code": int(code.read_text()), "last_lines": text.splitlines()[-5:]}
        if name.startswith("bench_"):
            report["bench"][name[len("bench_"):]] = first_json(text)
    for record in sorted(results.glob("truth-*.jsonl")):
        with record.open() as file:
            report["libraries"] = json.loads(file.readline())
    report["cases"] = counted(report)
    path = results / f"{report['date']}-gpu.json"
    path.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")
    print(path)


main(*sys.argv[1:])
