"""Results as a table and as a drawing. The other engines are compared with the first one, Keraunos; where Keraunos is slower the
figure is below 1."""

import html

DIFFERS = 1e-3  # relative to the largest element of an output


def _time(micros):
    if micros < 1000:
        return f"{micros:.1f} µs"
    return f"{micros / 1000:.2f} ms" if micros < 1e6 else f"{micros / 1e6:.2f} s"


def _megabytes(count):
    return "" if count is None else f"{count / 1e6:.0f} MB"


def beside(figures, first):
    """The ratio to the first engine's time, and whether the engine is slower or faster than it."""
    ratio = figures["median_us"] / first["median_us"]
    if figures is first:
        return "1.00×"
    return f"{ratio:.2f}× {'slower' if ratio > 1.03 else 'FASTER' if ratio < 0.97 else 'as fast'}"


def table(results):
    lines = []
    for engine in results["engines"]:
        versions = ", ".join(f"{name} {version}" for name, version in engine["versions"].items())
        load = f"loads in {engine['load_seconds'] * 1000:.0f} ms" if engine["load_seconds"] is not None else ""
        lines.append(f"{engine['name']:16} {engine['error'] or load:20} {versions}".rstrip())
    for batch in results["batches"]:
        lines += ["", f"batch {batch['rows']}", f"{'':16} {'median':>10} {'p95':>10} {'p99':>10} {'rows/s':>12} {'memory':>9} {'its time':>16}  outputs"]
        first = next(iter(batch["engines"].values()), None)
        for name, figures in batch["engines"].items():
            differs = figures["difference"]
            outputs = f"DIFFER by {differs:.1e}" if differs > DIFFERS else f"differ by {differs:.1e}"
            lines.append(
                f"{name:16} {_time(figures['median_us']):>10} {_time(figures['p95_us']):>10} {_time(figures['p99_us']):>10} "
                f"{figures['rows_per_s']:>12,.0f} {_megabytes(figures['memory']):>9} {beside(figures, first):>16}  {outputs}"
            )
    return "\n".join(lines)


COLOURS = ["#1b6ca8", "#d1495b", "#edae49", "#66a182", "#8d6a9f", "#5c5c5c", "#2a9d8f", "#b5651d", "#7f9c3a", "#c77dbb"]
BAR, GAP, LEFT, WIDTH = 22, 26, 190, 640


def svg(results, title):
    """Rows per second for each batch: a bar for each engine, relative to the fastest one."""
    parts, y = [], 52
    names = [engine["name"] for engine in results["engines"]]
    for batch in results["batches"]:
        if not batch["engines"]:
            continue
        parts.append(f'<text x="10" y="{y}" class="head">batch {batch["rows"]}</text>')
        y += 10
        first = next(iter(batch["engines"].values()))
        fastest = max(figures["rows_per_s"] for figures in batch["engines"].values())
        for name, figures in batch["engines"].items():
            length = max(1.0, figures["rows_per_s"] / fastest * (WIDTH - LEFT))
            colour = COLOURS[names.index(name) % len(COLOURS)]
            parts.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>')
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 4}" fill="{colour}"/>')
            parts.append(f'<text x="{LEFT + length + 6:.1f}" y="{y + 15}">{figures["rows_per_s"]:,.0f} rows/s, {_time(figures["median_us"])}, {beside(figures, first)}</text>')
            y += BAR
        y += GAP
    style = "text{font:13px sans-serif;fill:#222}.head{font-weight:bold}@media(prefers-color-scheme:dark){text{fill:#eee}}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 300}" height="{y}" role="img" aria-label="{html.escape(title, quote=True)}">'
        f'<style>{style}</style><text x="10" y="22" class="head">{html.escape(title)}</text>{"".join(parts)}</svg>\n'
    )
