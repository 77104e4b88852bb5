#!/usr/bin/env python3
"""Predictions of a folder of Parquet files on all machines of a Ray cluster (ray[data] 2.60).

    python predict_parquet.py IN OUT --model MODEL [--input COLUMN[,COLUMN…]] [--actors N] [--cpus C] [--gpus G] [--batch N]

IN, OUT and MODEL are paths that each machine can read: a shared file system, or (IN and OUT) s3://…, gs://…. Rows keep their
columns; each output of the model becomes one more. Rows that a machine was computing when it died are computed on another one.
"""

import argparse
import sys

import ray
import ray.data

from keraunos.batch import Predictor


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", metavar="IN")
    parser.add_argument("target", metavar="OUT", help="a folder that is empty or absent")
    parser.add_argument("--model", required=True)
    parser.add_argument(
        "--input",
        help="the column of the model's input, or columns of numbers that are stacked (default: the column of its name)",
    )
    parser.add_argument("--actors", type=int, default=8, help="at most so many processes hold the model (default: 8)")
    parser.add_argument("--cpus", type=float, default=1, help="of each process; also the threads of a prediction (default: 1)")
    parser.add_argument("--gpus", type=float, default=0, help="of each process, such as 1 or 0.5 (default: 0)")
    parser.add_argument("--batch", type=int, default=4096, help="rows that a process gets at a time (default: 4096)")
    options = parser.parse_args()
    columns = options.input.split(",") if options.input and "," in options.input else options.input

    ray.init()  # the cluster of RAY_ADDRESS, or this machine
    dataset = ray.data.read_parquet(options.source)
    dataset = dataset.map_batches(
        Predictor,
        fn_constructor_kwargs={"model": options.model, "input_columns": columns, "device": "cuda" if options.gpus else "cpu"},
        batch_size=options.batch,
        batch_format="numpy",
        zero_copy_batch=True,  # the predictor does not write to its batches
        num_cpus=options.cpus,
        num_gpus=options.gpus,
        # One process is enough to continue: if min_size were all CPUs, restarted processes would leave none for reading.
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=options.actors),
    )
    dataset.write_parquet(options.target, mode="error")
    print(f"{options.target}: {ray.data.read_parquet(options.target).count()} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
