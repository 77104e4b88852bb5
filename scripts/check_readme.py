#!/usr/bin/env python3
"""Tests the C++ and C of README.md and src/README.md: every fence is compiled unchanged, and a fence with main() is linked and run. (The layer of
"Add a layer in ten lines" runs in the test readme_layer, the files of "Add an operation in three files" in readme_operation: a file name is above these fences.)

    check_readme.py REPOSITORY COMPILER LIBRARY [linker flag …]
"""
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"(?<!\.h`:\n\n)(?<!\.cpp`:\n\n)```(cpp|c)\n(.*?)```", re.S)
FLAGS = {"cpp": ["-std=c++20", "-Wall", "-Wextra"], "c": ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", "-x", "c"]}


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def main():
    root, compiler, library, *flags = sys.argv[1:]
    root = pathlib.Path(root).resolve()
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for page in ("README.md", "src/README.md"):
            for number, (language, code) in enumerate(FENCE.findall((root / page).read_text())):
                source = pathlib.Path(folder) / f"{page.replace('/', '_')}_{number}.{language}"
                source.write_text(code)
                program, object_file = source.with_suffix(""), source.with_suffix(".o")
                run([compiler, *FLAGS[language], f"-I{root / 'include'}", "-c", source, "-o", object_file])
                if "int main(" in code:
                    run([compiler, object_file, library, *flags, "-o", program])
                    run([program], cwd=root)
                checked += 1
    print(f"{checked} passed, 0 failed")


if __name__ == "__main__":
    main()
