"""Code shared by `python -m keraunos.parquet` and `python -m keraunos.npy`: options, shards, complete files."""

import argparse
import sys
from pathlib import Path

from . import __version__
from .batch import Predictor
from .errors import Error, UsageError
from .manifest import Manifest, partial, sha256_of


def _positive(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _shard(text):
    index, _, count = text.partition("/")
    if not (index.isdigit() and count.isdigit() and int(index) < int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shard i/n; shards are counted from 0, so that the last of 4 is 3/4")
    return int(index), int(count)


def pair(text):
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _truth(text):
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text == "true"


def parser(program, description):
    made = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    made.add_argument("source", metavar="IN")
    made.add_argument("target", metavar="OUT")
    made.add_argument("--model", required=True, help="a model file of Keras")
    made.add_argument(
        "--batch", type=_positive, default=4096, metavar="N", help="rows in memory at a time (default: 4096)"
    )
    made.add_argument(
        "--shard", type=_shard, default=(0, 1), metavar="i/n", help="process the i-th of n shards, counted from 0"
    )
    made.add_argument(
        "--resume", action="store_true", help="continue an earlier run; start a new one where there is none"
    )
    made.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1 (default: auto)")
    made.add_argument("--precision", default="as_saved", help="as_saved, float32, tf32, bfloat16 or float16")
    made.add_argument("--threads", type=int, default=0, help="default: the number of cores")
    made.add_argument("--weights", metavar="FILE", help="the weights of an architecture JSON")
    made.add_argument("--signature", default="", metavar="NAME", help="the function of a SavedModel to compute")
    made.add_argument(
        "--safe-mode",
        type=_truth,
        default=True,
        metavar="true|false",
        help="false: Lambda layers of a .keras file are translated",
    )
    made.add_argument(
        "--replace", type=pair, action="append", default=[], metavar="LAYER=EXPRESSION", help="replace a layer by an expression"
    )
    return made


class Job:
    """The model with its options, and the facts on which the outputs depend, as data."""

    def __init__(self, options, input_columns=None, output_names=None, **further):
        loading = dict(
            precision=options.precision,
            weights=options.weights,
            signature=options.signature,
            safe_mode=options.safe_mode,
            replace=dict(options.replace),
        )
        self.predictor = Predictor(
            options.model,
            input_columns=input_columns,
            output_names=output_names,
            threads=options.threads,
            device=options.device,
            **loading,
        )
        self.batch = options.batch
        self.facts = {
            "keraunos": __version__,
            "model": {"sha256": sha256_of(options.model), "weights_sha256": options.weights and sha256_of(options.weights)},
            "options": {
                **loading,
                "weights": bool(options.weights),
                "device": self.predictor.model.device.partition(":")[0],
                "batch": options.batch,
                "input_columns": input_columns,
                "output_names": output_names,
                **further,
            },
            "shard": "{}/{}".format(*options.shard),
        }


class Task:
    """One output file. `write(job, path, manifest)` writes it to `path` and returns its number of rows."""

    def __init__(self, name, source, target):
        self.name = name
        self.source = Path(source)
        self.target = Path(target)

    def unfinished(self, manifest):
        """The facts that `write` recorded in an earlier, incomplete run; None: nothing is left of one."""
        return None

    def write(self, job, path, manifest):
        raise NotImplementedError


def shard_name(name, shard):
    """Each shard has its own files, so that shards may run at the same time."""
    index, count = shard
    return name if count == 1 else f"{name}-{index:05}-of-{count:05}"


def run(tasks, job, manifest_path, resume, say=lambda text: None):
    """Writes the files that are not complete yet, and returns the manifest as data."""
    manifest_path.parent.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(manifest_path, job.facts, resume)
    for task in tasks:
        if manifest.is_whole(task.name, task.source, task.target):
            say(f"{task.name}: already complete")
            continue
        if task.unfinished(manifest) is None:
            manifest.begin(task.name, task.source, task.target)
        task.target.parent.mkdir(parents=True, exist_ok=True)
        rows = task.write(job, partial(task.target), manifest)
        manifest.finish(task.name, task.target, rows)
        say(f"{task.name}: {rows} rows")
    return manifest.complete({task.name for task in tasks})


def rows_named(error, source, begin, end):
    """Adds the source and the range of rows to an error."""
    error.args = (f"{source}, rows {begin} to {end - 1}: {error}", *error.args[1:])
    return error


def main(program, work, arguments):
    """`work(arguments, say)` returns the manifest. Returns the status of the process: 0, or 1 with a message."""
    try:
        data = work(arguments, lambda text: print(text, file=sys.stderr, flush=True))
    except (Error, OSError) as error:
        print(f"python -m {program}: {error}", file=sys.stderr)
        return 1
    print(f"{len(data['files'])} files, {data['rows']} rows")
    return 0


def check_places(source, target):
    if not source.exists():
        raise UsageError(f"there is no {source}")
    if target == source or source in target.parents or target in source.parents:
        raise UsageError(f"{target} and {source} must not contain each other: outputs would be read as inputs")
