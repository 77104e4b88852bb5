"""The record of a bulk run, as JSON beside the outputs: rows, size and sha256 of each file, the model and the options."""

import hashlib
import json
import os
from pathlib import Path

from .errors import DataError, UsageError

_BLOCK = 1 << 20


def sha256_of(path):
    """The hash of a file; for a folder, of the names and hashes of its files."""
    path = Path(path)
    digest = hashlib.sha256()
    if path.is_dir():
        for part in sorted(part for part in path.rglob("*") if part.is_file()):
            digest.update(f"{part.relative_to(path).as_posix()}\0{sha256_of(part)}\n".encode())
        return digest.hexdigest()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def sync(path):
    """After this the contents of a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def partial(target):
    """The name of an incomplete file. Readers of folders (Arrow, Spark) skip names that begin with a dot."""
    return target.with_name(f".{target.name}.partial")


class Manifest:
    def __init__(self, path, job, resume):
        """`job`: the facts on which the outputs depend, as data. `resume`: whether an existing manifest is continued."""
        self.path = path
        self._data = {"format": 1, **job, "complete": False, "rows": 0, "files": {}}
        before = _read(path) if path.exists() else None
        if before is None or not any("sha256" in entry or "rows_done" in entry for entry in before["files"].values()):
            return  # nothing is recorded that a changed command could contradict
        if not resume:
            raise UsageError(
                f"{path} exists from an earlier run; continue it with --resume, or choose another place for the outputs"
            )
        differing = [key for key in ("format", *job) if before.get(key) != self._data[key]]
        if differing:
            key = differing[0]
            raise UsageError(
                f"--resume: {path} belongs to a run that differs in {key}: {_shown(before.get(key), self._data[key])}; "
                "repeat the same command, or choose another place for the outputs"
            )
        self._data["files"] = before["files"]

    def entry(self, name):
        return self._data["files"].get(name)

    def is_whole(self, name, source, target):
        """True if the file is the one that was written, from the current source."""
        entry = self.entry(name)
        if not entry or "sha256" not in entry or entry["source"] != state_of(source) or not target.is_file():
            return False
        return target.stat().st_size == entry["bytes"] and sha256_of(target) == entry["sha256"]

    def begin(self, name, source, target):
        """Records that the target belongs to this run."""
        if target.exists() and self.entry(name) is None:
            raise UsageError(
                f"{target} exists, and no manifest states that this command wrote it; remove it, "
                "or choose another place for the outputs"
            )
        self._data["files"][name] = {"source": state_of(source)}
        self._save()

    def progress(self, name, **facts):
        self._data["files"][name].update(facts)
        self._save()

    def finish(self, name, target, rows):
        """Renames a complete partial file to its final name."""
        unfinished = partial(target)
        sync(unfinished)
        facts = {"rows": rows, "bytes": unfinished.stat().st_size, "sha256": sha256_of(unfinished)}
        os.replace(unfinished, target)
        sync(target.parent)
        self._data["files"][name] = {"source": self.entry(name)["source"], **facts}
        self._save()

    def complete(self, names):
        self._data["files"] = {name: entry for name, entry in self._data["files"].items() if name in names}
        self._data["complete"] = True
        self._save()
        return self._data

    def _save(self):
        self._data["rows"] = sum(entry["rows"] for entry in self._data["files"].values() if "sha256" in entry)
        unfinished = partial(self.path)
        with open(unfinished, "w", encoding="utf-8") as file:
            file.write(json.dumps(self._data, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self.path)


def _read(path):
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(data["files"], dict):
            return data
    except (ValueError, KeyError, TypeError):
        pass
    raise DataError(f"{path} is not a manifest of this command; remove it, or choose another place for the outputs")


def state_of(source):
    """Facts by which a changed source is detected."""
    facts = os.stat(source)
    return {"bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns}


def _shown(before, now):
    if isinstance(before, dict) and isinstance(now, dict):
        keys = [key for key in {**before, **now} if before.get(key) != now.get(key)]
        return ", ".join(f"{key} {before.get(key)!r}, now {now.get(key)!r}" for key in keys)
    return f"{before!r}, now {now!r}"
