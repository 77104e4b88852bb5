#!/usr/bin/env python3
"""The code of README.md, src/README.md, CONTRIBUTING.md and docs/*.md is tested, each fence as it stands:

  cpp, c   compiled, and with main() linked and run. (The layer of "Add a layer in ten lines" runs in the test readme_layer, the files of "Add an operation in
           three files" in readme_operation: these name a file above.)
  cmake    configured as a part of a project, with the package of the build
  protobuf each line stands in a config.pbtxt of examples/triton, which the server of the nightly test loads
  sh       parsed by bash; what begins with `keraunos ` is run in a folder with model.keras and rows.npy; scripts and modules that it names exist

Python is run by python/tests/test_readme.py.

    check_readme.py REPOSITORY COMPILER PROGRAM PACKAGE LIBRARY [linker flag …]
"""
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

FENCE = re.compile(r"(?<!\.h`:\n\n)(?<!\.cpp`:\n\n)^```(\w+)\n(.*?)^```", re.S | re.M)
FLAGS = {"cpp": ["-std=c++20", "-Wall", "-Wextra"], "c": ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", "-x", "c"]}
PROJECT = "cmake_minimum_required(VERSION 3.20)\nproject(service CXX)\nadd_executable(my_service main.cpp)\n"


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


class Checks:
    def __init__(self, root, compiler, program, package, library, *flags):
        self.root, self.compiler, self.program, self.package = pathlib.Path(root).resolve(), compiler, program, package
        self.link = [library, *flags]

    def prepare(self, folder):
        self.folder = pathlib.Path(folder)
        self.models = self.folder / "models"
        self.models.mkdir()
        shutil.copy(self.root / "examples/doc_example/keras3.keras", self.models / "model.keras")
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (10, 3), }".ljust(117) + b"\n"
        (self.models / "rows.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack("<30f", *range(30)))

    def compiled(self, language, code, name):
        source = self.folder / f"{name}.{language}"
        source.write_text(code)
        run([self.compiler, *FLAGS[language], f"-I{self.root / 'include'}", "-c", source, "-o", source.with_suffix(".o")])
        if "int main(" in code:
            run([self.compiler, source.with_suffix(".o"), *self.link, "-o", source.with_suffix("")])
            run([source.with_suffix("")], cwd=self.root)

    def configured(self, code, name):
        project = self.folder / name
        project.mkdir()
        (project / "main.cpp").write_text("int main() {}\n")
        (project / "CMakeLists.txt").write_text(PROJECT + code)
        run(["cmake", "-S", project, "-B", project / "build", f"-Dkeraunos_DIR={self.package}", f"-DCMAKE_CXX_COMPILER={self.compiler}"])

    def commands(self, code):
        run(["bash", "-n", "-c", code])
        for line in code.splitlines():
            if line.startswith("keraunos "):
                run(["bash", "-c", f'keraunos() {{ "{self.program}" "$@"; }}; {line}'], cwd=self.models)
            for script in re.findall(r"(?<![\w./])(?:scripts|tests)/[\w./]+\.(?:sh|py)", line):
                if not (self.root / script).exists():
                    sys.exit(f"there is no {script}")
            for module in re.findall(r"python -m (keraunos\.\w+)", line):
                if not (self.root / "python" / f"{module.replace('.', '/')}.py").exists():
                    sys.exit(f"there is no module {module}")

    def configurations(self, code, name):
        used = "".join(path.read_text() for path in (self.root / "examples/triton").rglob("config.pbtxt"))
        absent = [line for line in code.splitlines() if line not in used]
        if absent:
            sys.exit(f"{name}: no configuration of examples/triton, which the tests load, holds the line {absent[0]}")

    def check(self, language, code, name):
        if language in FLAGS:
            self.compiled(language, code, name)
        elif language == "cmake":
            self.configured(code, name)
        elif language == "sh":
            self.commands(code)
        elif language == "protobuf":
            self.configurations(code, name)
        elif language != "python":
            sys.exit(f"{name}: no test knows the language {language}")


def main():
    checks = Checks(*sys.argv[1:])
    pages = ["README.md", "src/README.md", "CONTRIBUTING.md", *sorted(str(page.relative_to(checks.root)) for page in checks.root.glob("docs/*.md"))]
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        checks.prepare(folder)
        for page in pages:
            for number, (language, code) in enumerate(FENCE.findall((checks.root / page).read_text())):
                checks.check(language, code, f"{page.replace('/', '_')}_{number}")
                checked += 1
    print(f"{checked} passed, 0 failed")


if __name__ == "__main__":
    main()
