#!/usr/bin/env python3
"""Compares two builds of bench_engine in alternating intervals of about 30 ms: the median of the ratios of adjacent intervals.

bench/compare/builds.py OLD NEW MODEL [--rows N] [--threads T] [--seconds S] [--rows-at-a-time OLD NEW]

OLD and NEW are two bench_engine programs (one copied before the change), or twice the same with different rows at a time;
MODEL is one that run.sh has made (mobilenet_v2). Comparing a build with itself shows how accurate the machine is."""

import argparse
import statistics
import subprocess
import time
from pathlib import Path

MODELS = Path(__file__).resolve().parents[2] / "build" / "bench-models"
TURN_NANOSECONDS = 30e6


class Engine:
    def __init__(self, program, arguments, rows_at_a_time):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask(f"load {MODELS / arguments.model}.keras {arguments.threads}")
        self.ask(f"input {MODELS / arguments.model}.{arguments.rows}.input {arguments.rows}")
        if rows_at_a_time:
            self.ask(f"rows_at_a_time {rows_at_a_time}")
        self.ask("run 3")

    def ask(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.startswith(("error", "unknown")):
            raise SystemExit(f"{order}: {answer}")
        return answer

    def turn(self, calls):
        return sum(map(int, self.ask(f"run {calls}").split())) / calls


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("old", "new", "model"):
        parser.add_argument(name)
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--rows-at-a-time", type=int, nargs=2, default=[0, 0])
    arguments = parser.parse_args()
    programs = (arguments.old, arguments.new)
    sides = [Engine(p, arguments, r) for p, r in zip(programs, arguments.rows_at_a_time, strict=True)]
    calls = max(1, int(TURN_NANOSECONDS / sides[0].turn(2)))
    times = [[], []]
    end = time.monotonic() + arguments.seconds
    while time.monotonic() < end or len(times[0]) < 5:
        order = (0, 1) if len(times[0]) % 2 == 0 else (1, 0)
        for side in order:
            times[side].append(sides[side].turn(calls))
    ratios = sorted(new / old for old, new in zip(*times, strict=True))
    low, high = ratios[len(ratios) // 4], ratios[3 * len(ratios) // 4]
    old, new = (statistics.median(t) / 1e3 for t in times)
    print(
        f"{arguments.model} rows {arguments.rows} threads {arguments.threads}: new / old {statistics.median(ratios):.3f}"
        f" ({low:.3f} to {high:.3f}), least {min(times[1]) / min(times[0]):.3f},"
        f" medians {old:.1f} and {new:.1f} us, {len(ratios)} turns"
    )


if __name__ == "__main__":
    main()
