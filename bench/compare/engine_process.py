"""An engine in a separate process, controlled through pipes."""

import subprocess


class Engine:
    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise RuntimeError(f"{self.name} answered {' '.join(map(str, words))} with: {answer or 'nothing, it ended'}")
        return answer

    def run(self, calls):
        """Microseconds of each call."""
        return [int(time) / 1000 for time in self.ask("run", calls).split()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
