#!/usr/bin/env python3
"""Copies an HDF5 model with one number of one weight changed: change_weight.py PROGRAM MODEL.h5 WEIGHT OUT.h5

The file contains the weight's numbers uncompressed, once, because h5py compresses only on request."""
import pathlib
import struct
import subprocess
import sys
import tempfile

program, model, weight, out = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    array = pathlib.Path(folder) / "weight.npy"
    subprocess.run([program, "weights", model, weight, str(array)], check=True)
    data = array.read_bytes()
numbers = data[10 + struct.unpack("<H", data[8:10])[0]:]
whole = pathlib.Path(model).read_bytes()
if whole.count(numbers) != 1:
    sys.exit(f"{model} holds the bytes of {weight} {whole.count(numbers)} times, expected once")
changed = struct.pack("<f", struct.unpack("<f", numbers[:4])[0] + 0.5) + numbers[4:]
pathlib.Path(out).write_bytes(whole.replace(numbers, changed))
