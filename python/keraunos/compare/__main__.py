import argparse
import json
import os
import platform
import sys
from pathlib import Path

from .engines import ENGINES, Signature
from .measure import compare
from .report import DIFFERS, svg, table


def counts(text):
    values = [int(part) for part in text.split(",")]
    if not values or min(values) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of row counts such as 1,32,1024")
    return values


def interpreter(text):
    rival, equals, path = text.partition("=")
    if not equals or rival not in ENGINES:
        raise argparse.ArgumentTypeError(f"{text!r} is not RIVAL=PATH with a rival of {', '.join(list(ENGINES)[1:])}")
    return rival, path


def parsed(arguments):
    parser = argparse.ArgumentParser(prog="keraunos-compare", description=__doc__)
    parser.add_argument("model", help="a .keras file, an HDF5 file or a SavedModel folder; a file NAME.onnx beside it is used where an engine needs one")
    parser.add_argument("--batches", type=counts, default=[1, 32, 1024], metavar="N,…", help="rows per call (default: 1,32,1024)")
    parser.add_argument("--rivals", default=None, metavar="NAME,…", help=f"default: the installed ones of {', '.join(list(ENGINES)[1:])}")
    parser.add_argument("--engine", action="append", default=[], metavar="FILE.py:CLASS", help="another engine to compare")
    parser.add_argument("--python", action="append", default=[], type=interpreter, metavar="RIVAL=PATH", help="the interpreter that has the rival's packages")
    parser.add_argument("--inputs", metavar="FILE.npz", help="rows to predict, keyed by the inputs' names (default: artificial)")
    parser.add_argument("--length", type=int, default=32, help="elements of unknown axes of artificial inputs")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds of calls for each engine and batch size")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--svg", metavar="FILE")
    return parser, parser.parse_args(arguments)


def main(arguments=None):
    parser, options = parsed(arguments)
    is_folder = os.path.isdir(options.model)
    fitting = [name for name in list(ENGINES)[1:] if is_folder or name != Signature.name]
    rivals = fitting if options.rivals is None else [name for name in options.rivals.split(",") if name]
    unknown = [name for name in rivals if name not in ENGINES]
    if unknown:
        parser.error(f"there is no rival {unknown[0]!r}; there are {', '.join(list(ENGINES)[1:])}")
    if not os.path.exists(options.model):
        parser.error(f"File not found: {options.model}")
    engines = ["keraunos", *rivals, *options.engine]
    try:
        results = compare(options.model, engines, options.batches, options.threads, options.device, options.seconds, options.inputs, options.length, dict(options.python))
    except ValueError as error:
        sys.exit(f"keraunos-compare: {error}")
    results.update(model=Path(options.model).name, threads=options.threads, device=options.device, machine=platform.machine(), cpus=os.cpu_count())
    print(f"{results['model']}, {options.threads} threads, device {options.device}")
    print(table(results))
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1) + "\n")
    if options.svg:
        Path(options.svg).write_text(svg(results, f"{results['model']}, {options.threads} threads"))
    wrong = any(figures["difference"] > DIFFERS for batch in results["batches"] for figures in batch["engines"].values())
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
