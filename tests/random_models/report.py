"""Judges every case, prints failures, and compares the sizes of errors with Keras's."""

import json
import statistics
from collections import Counter

from random_models.judge import judge


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def say_ratios(results):
    """Our error divided by Keras's error, for outputs of 64 elements and more: the maximum of few elements is random."""
    for title, short in (("float32", False), ("16-bit", True)):
        ratios = [
            ours / theirs
            for result in results
            for ours, theirs, size in result["outputs"].values()
            if size >= 64 and theirs > 1e-9 and theirs < 1e-3 + short and ("16" in result["policy"]) == short
        ]
        if ratios:
            print(
                f"{title}: {len(ratios)} outputs, error over Keras's error: median {statistics.median(ratios):.2f}, "
                f"95 % {quantile(ratios, 0.95):.2f}, largest {max(ratios):.2f}; larger than Keras's in "
                f"{100 * sum(r > 1 for r in ratios) / len(ratios):.0f} %"
            )


def report(program, root, mark, seeds, device):
    kinds, results = Counter(), []
    for seed in seeds:
        folder = root / f"{mark}_{seed}"
        if not (folder / "case.json").exists():
            kinds["skipped, Keras failed"] += 1
            continue
        result = judge(program, folder, device)
        kinds[result["kind"]] += 1
        if result["kind"] != "ok":
            print(f"{result['kind']:8} {folder.name} {result['message'].strip()}", flush=True)
        (folder / f"verdict_{device}.json").write_text(json.dumps(result))
        results.append(result)
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    say_ratios([r for r in results if r["outputs"]])
    return 0 if set(kinds) <= {"ok", "skipped, Keras failed"} else 1
