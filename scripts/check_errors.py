#!/usr/bin/env python3
"""docs/errors.md is what the code throws. Each message of a row stands, piece by piece between its "…", in the string literals of the files that the row names;
each file of src that throws a kind of error is named by a row of that kind; the table of kinds has all of include/keraunos/error.h.

    check_errors.py [REPOSITORY]
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1])
SOURCE = ROOT / "src"
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
NAMES = {"ShapeError": "UsageError", "Error": "InternalError"}  # a shape that a call does not fit; limits of the engine's own programs


def literals(path):
    text = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.M)
    text = re.sub(r'"[ \n]+"', "", text)
    return [re.sub(r"\\(.)", r"\1", part) for part in LITERAL.findall(text)]


def sources(places):
    for place in places:
        path = SOURCE / place
        files = [path] if path.is_file() else [f for f in path.rglob("*") if f.suffix in (".cpp", ".h", ".cu")]
        yield from files or [path]  # a name that is gone fails when it is read


def rows(section):
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 4:
            yield cells


def messages(cell):
    return re.findall(r"`([^`]+)`", cell)


def check_rows(kind, section, faults):
    for message_cell, _, _, place_cell in rows(section):
        places = re.findall(r"`([^`]+)`", place_cell)
        missing = [place for place in places if not (SOURCE / place).exists()]
        faults += [f"{kind}: there is no src/{place}" for place in missing]
        if missing:
            continue
        texts = [text for path in sources([*places, "../include/keraunos/error.h"]) for text in literals(path)]
        for message in messages(message_cell):
            for piece in filter(lambda piece: len(piece) > 2, (part.strip() for part in message.split("…"))):
                if not any(piece in text for text in texts):
                    faults.append(f'{kind}: no literal of {", ".join(places)} holds "{piece}"')


def check_files(kind, section, faults):
    places = [place for cells in rows(section) for place in re.findall(r"`([^`]+)`", cells[3])]
    for path in sorted(SOURCE.rglob("*")):
        name = str(path.relative_to(SOURCE))
        if path.suffix not in (".cpp", ".h", ".cu"):
            continue
        thrown = {NAMES.get(found, found) for found in re.findall(r"\bthrow (\w*Error|Cancelled)\(", path.read_text())}
        if kind in thrown and not any(name == place or name.startswith(place + "/") for place in places):
            faults.append(f"src/{name} throws {kind}: docs/errors.md has no row for it")


def main():
    page = (ROOT / "docs/errors.md").read_text()
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    kinds = re.findall(r"^struct KERAUNOS_API (\w+) :", (ROOT / "include/keraunos/error.h").read_text(), re.M)
    kinds.remove("Error")
    faults = [f"docs/errors.md has no section {kind}" for kind in kinds if kind not in sections]
    for kind in kinds:
        if f"| `{kind}`" not in page:
            faults.append(f"the table of kinds lacks {kind}")
        check_rows(kind, sections.get(kind, ""), faults)
        check_files(kind, sections.get(kind, ""), faults)
    for name in re.findall(r"^class (\w+)", (ROOT / "python/keraunos/errors.py").read_text(), re.M):
        if f"`{name}`" not in page:
            faults.append(f"docs/errors.md does not name Python's {name}")
    for status in re.findall(r"\b(KERAUNOS_\w*ERROR|KERAUNOS_CANCELLED|KERAUNOS_OUT_OF_MEMORY) = \d", (ROOT / "include/keraunos.h").read_text()):
        if f"`{status}`" not in page:
            faults.append(f"docs/errors.md does not name {status}")
    print("\n".join(faults) or f"{len(kinds)} kinds, {sum(len(list(rows(text))) for text in sections.values())} rows")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
