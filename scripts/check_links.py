#!/usr/bin/env python3
"""No link leads nowhere: files and headings that Markdown files name, or with --html the files and anchors of a tree of HTML. Links to other sites are not followed.

    check_links.py [--html FOLDER]
"""
import html.parser
import pathlib
import re
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FOLDERS = ("bench", "docs", "examples", "include", "python", "scripts", "src", "tests")
SITE = re.compile(r"[a-z]+:|//")


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def anchors_of_markdown(path):
    """Headings as GitHub and MyST name them: lower case, punctuation dropped, spaces as hyphens."""
    headings = re.findall(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_markdown():
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.md"))]
    for file in [*ROOT.glob("*.md"), *files]:
        name = file.relative_to(ROOT)
        for link in LINK.findall(without_code(file.read_text())):
            if SITE.match(link):
                continue
            path, _, anchor = link.partition("#")
            target = file.parent / path if path else file
            if not target.exists():
                yield f"{name}: {link} does not exist"
            elif anchor and target.suffix == ".md" and anchor not in anchors_of_markdown(target):
                yield f"{name}: {link}: there is no such heading"


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.links, self.anchors = [], set()
        self.feed(path.read_text(errors="replace"))

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key in ("id", "name") and value:
                self.anchors.add(value)
            elif key in ("href", "src") and value:
                self.links.append(value)


def check_html(folder):
    pages = {path.resolve(): Page(path) for path in folder.rglob("*.html")}
    if len(pages) < 2:
        yield f"{folder} holds no pages"
    for path, page in pages.items():
        for link in page.links:
            if SITE.match(link) or link == "#nested-classes":  # Doxygen 1.9.4 writes it where all nested classes are private
                continue
            name, _, anchor = urllib.parse.unquote(link).partition("#")
            target = (path.parent / name.partition("?")[0]).resolve() if name else path
            if not target.exists():
                yield f"{path.relative_to(folder.resolve())}: {link} does not exist"
            elif anchor and target in pages and anchor not in pages[target].anchors:
                yield f"{path.relative_to(folder.resolve())}: there is no anchor {link}"


def main():
    is_html = len(sys.argv) == 3 and sys.argv[1] == "--html"
    faults = sorted(set(check_html(pathlib.Path(sys.argv[2])) if is_html else check_markdown()))
    print("\n".join(faults) or "no dead links")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
