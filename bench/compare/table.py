"""Writes the Markdown of a measurement."""

ENGINES = ("keraunos", "onnxruntime", "tensorflow")
GOAL = 1.3


def duration(microseconds):
    return f"{microseconds:.1f} µs" if microseconds < 1000 else f"{microseconds / 1000:.2f} ms"


def disturbed(case):
    """Whether other programs may have affected this result: they ran, or rounds disagree, or the median differs much from the
    ratio of the shortest calls."""
    if case.get("others_share", 0) > 0.1:
        return True
    low, high = case["ratio_quartiles"]
    return high / low > 1.2 or not 0.87 < case["ratio_to_onnxruntime"] / case["ratio_of_minima"] < 1.15


def line(case):
    cells = [case["model"], str(case["rows"]), str(case["threads"])]
    cells += [f"{duration(case['median_us'][name])} ({duration(case['min_us'][name])})" for name in ENGINES]
    low, high = case["ratio_quartiles"]
    cells += [f"**{case['ratio_to_onnxruntime']:.2f}**" + (" ✗" if case["ratio_to_onnxruntime"] > GOAL else "") + (" ~" if disturbed(case) else ""), f"{low:.2f}–{high:.2f}"]
    cells += [f"{case['ratio_of_minima']:.2f}", f"{case['ratio_to_tensorflow']:.2f}", str(case["rounds"]), f"{max(case['difference'].values()):.0e}", f"{case['others_share']:.0%}" if "others_share" in case else ""]
    return "| " + " | ".join(cells) + " |"


def rows_of(header, rows):
    return ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header), *rows, ""]


def page(report):
    machine, versions = report["machine"], report["versions"]
    lines = [
        f"# CPU figures of {machine['date']}",
        "",
        f"{machine['cpu']}, {machine['cores']} cores, {', '.join(machine['instructions'])}; " + ", ".join(f"{k} {v}" for k, v in versions.items()),
        "",
        "Median of the rounds' medians (least call of all). Ratios are Keraunos over the other engine, below 1 is faster: the median over rounds of",
        "turns that lie side by side, its quartiles, and the ratio of the least calls. float32 throughout, results on the host included; ✗: above 1.3;",
        "~: other programs took over a tenth of the machine, rounds disagree, or the median is far from the least calls: measure again on a quiet machine.",
        "ONNX Runtime and TensorFlow are called through Python, which costs them some 5 and 100 µs a call: it matters for the documentation example only.",
        "",
    ]
    header = ["model", "rows", "threads", *ENGINES, "÷ ORT", "quartiles", "÷ ORT, least", "÷ TF", "rounds", "difference", "others"]
    lines += rows_of(header, [line(case) for case in report["cases"]])
    lines += ["Load from the page cache, median (least), seconds:", ""]
    lines += rows_of(
        ["model", *ENGINES],
        [
            "| " + " | ".join([name, *(f"{load[e]['median_s']:.3f} ({load[e]['min_s']:.3f})" for e in ENGINES)]) + " |"
            for name, load in report["load"].items()
        ],
    )
    if "open" in report:
        lines += ["Opening by the strict reader of HDF5 and by libhdf5 (load_model from the page cache, in a new process each time), median (least), seconds, and bytes of the file per second:", ""]
        rate = lambda opened, order: f"{opened[order]['median_s']:.4f} ({opened[order]['min_s']:.4f}), {opened['bytes'] / opened[order]['median_s'] / 1e9:.2f} GB/s"
        lines += rows_of(["file", "strict", "libhdf5"], [f"| {file} | {rate(opened, 'load')} | {rate(opened, 'load_library')} |" for file, opened in report["open"].items()])
    lines += ["Peak memory beyond the process's own before, the weights and the input, MiB:", ""]
    lines += rows_of(
        ["model", "rows", *ENGINES],
        [
            "| " + " | ".join([m["model"], str(m["rows"]), *(f"{m['beyond_weights_kib'][e] / 1024:.1f}" for e in ENGINES)]) + " |"
            for m in report["memory"]
        ],
    )
    if "cuda_plan" in report:
        fields = ["kernels", "steps", "fused", "pointwise_steps", "bytes_to_device", "bytes_to_host", "arena_bytes", "arena_without_sharing"]
        lines += ["CUDA, from the plan (no GPU was used; weights are uploaded once and not counted; fused: operations in epilogues; an epilogue that a library cannot take costs one more kernel):", ""]
        lines += rows_of(["model", "rows", *fields], [f"| {p['model']} | {p['rows']} | " + " | ".join(str(p[f]) for f in fields) + " |" for p in report["cuda_plan"]])
    return "\n".join(lines)
