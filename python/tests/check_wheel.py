#!/usr/bin/env python3
"""Builds the wheel as `pip wheel .` does, installs it into a fresh environment without compilers, and runs the tests of this folder against it there.

    check_wheel.py REPOSITORY [--config-settings of pip …]      77: the package index cannot be reached
"""

import os
import pathlib
import subprocess
import sys
import tempfile

LIMIT = 25 << 20  # largest size of the wheel in bytes
NEEDED_TO_BUILD = ["scikit-build-core>=0.10", "pybind11>=2.12"]
NEEDED_TO_TEST = ["numpy", "pandas", "ml_dtypes"]


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}")
    return done.stdout


def environment(folder, packages):
    run(sys.executable, "-m", "venv", folder)
    pip = [folder / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*map(str, pip), "install", *packages], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"skipped: {', '.join(packages)} cannot be installed here\n{done.stderr[-1000:]}")
        sys.exit(77)
    return pip


def main():
    root, *options = sys.argv[1:]
    root = pathlib.Path(root).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pip = environment(folder / "build", NEEDED_TO_BUILD)
        run(*pip, "wheel", root, "--no-deps", "--no-build-isolation", "-w", folder / "wheels", *(f"--config-settings={option}" for option in options))
        (wheel,) = (folder / "wheels").glob("keraunos-*.whl")
        size = wheel.stat().st_size
        if size > LIMIT:
            sys.exit(f"{wheel.name} has {size} bytes, more than {LIMIT}")

        pip = environment(folder / "use", NEEDED_TO_TEST)
        run(*pip, "install", "--no-deps", wheel)
        bare = {"PATH": str(folder / "use" / "bin"), "HOME": name, "PYTHONDONTWRITEBYTECODE": "1"}
        example = root / "examples" / "doc_example" / "keras3.keras"
        if "Dense" not in run(folder / "use" / "bin" / "keraunos", "summary", example, cwd=name, env=bare):
            sys.exit("the program of the wheel printed no summary")
        for test in ("test_model", "test_saving", "test_inputs", "test_processes", "test_batch", "test_npy"):
            run(folder / "use" / "bin" / "python", "-m", "unittest", test, cwd=root / "python" / "tests", env=bare)
    print(f"{wheel.name}: {size / (1 << 20):.1f} MiB")


if __name__ == "__main__":
    main()
