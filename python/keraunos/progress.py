"""The progress bar that Keras 3 prints."""

import math
import os
import sys
import time

_WIDTH = 20
_INTERVAL = 0.05  # seconds between two updates of the bar


def _per_step(seconds):
    if seconds >= 1 or seconds == 0:
        return f" {seconds:.0f}s/step"
    return f" {seconds * 1e3:.0f}ms/step" if seconds >= 1e-3 else f" {seconds * 1e6:.0f}us/step"


def _remaining(seconds):
    seconds = int(seconds)
    if seconds > 3600:
        return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    return f"{seconds // 60}:{seconds % 60:02d}" if seconds > 60 else f"{seconds}s"


def _number(value):
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


class Progress:
    """`verbose` as in Keras: 0 prints nothing, 1 and "auto" a bar, 2 one line at the end."""

    def __init__(self, steps, verbose):
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.steps = steps
        self._begin = time.monotonic()
        self._last = 0.0
        self._width_before = 0
        out = sys.stdout
        self._redraws = bool(getattr(out, "isatty", lambda: False)()) or "ipykernel" in sys.modules or "PYCHARM_HOSTED" in os.environ or "posix" in sys.modules

    def update(self, step):
        now = time.monotonic()
        if self.verbose == 1 and now - self._last >= _INTERVAL:
            self._last = now
            self._write(self._bar(step, now, {}, False))

    def finish(self, scores=None, steps=None):
        if steps is not None:
            self.steps = steps
        now = time.monotonic()
        if self.verbose == 1:
            self._write(self._bar(self.steps, now, scores or {}, True) + "\n")
        elif self.verbose == 2:
            took = now - self._begin
            text = f"{self.steps}/{self.steps} - {took:.0f}s -{_per_step(took / max(1, self.steps))}"
            self._write(text + self._scores(scores or {}) + "\n")

    def _scores(self, scores):
        return "".join(f" - {name}: {_number(value)}" for name, value in scores.items())

    def _bar(self, step, now, scores, is_last):
        took = now - self._begin
        each = took / max(1, step)
        if self.steps:
            digits = int(math.log10(self.steps)) + 1
            full = int(_WIDTH * step / self.steps)
            count = f"{step:{digits}d}/{self.steps}"
            done = f"\x1b[32m{'━' * full}\x1b[0m" if full else ""
            text = f"\x1b[1m{count}\x1b[0m {done}\x1b[37m{'━' * (_WIDTH - full)}\x1b[0m"
            width = len(count) + 1 + _WIDTH
        else:
            text = f"{step:7d}/Unknown"
            width = len(text)
        when = _remaining(each * (self.steps - step)) if self.steps and not is_last else f"{took:.0f}s"
        after = _per_step(each) + self._scores(scores)
        text += f" \x1b[1m{when}\x1b[0m{after}"
        width += 1 + len(when) + len(after)
        text += " " * (self._width_before - width)
        begin = "\b" * self._width_before + "\r" if self._redraws else "\n"
        self._width_before = width
        return begin + text

    def _write(self, text):
        sys.stdout.write(text)
        sys.stdout.flush()
