#!/usr/bin/env bash
# The guide (Sphinx) and the reference (Doxygen) as static HTML in build/docs/html. Warnings and links that lead nowhere are errors.
set -euo pipefail
cd "$(dirname "$0")/.."
{ command -v sphinx-build && command -v doxygen; } >/dev/null || scripts/install_packages.sh packages_docs.txt

html=build/docs/html
rm -rf "$html"
mkdir -p "$html"
sphinx-build -q -W --keep-going -n -d build/docs/doctrees docs "$html"
doxygen docs/Doxyfile
scripts/check_links.py --html "$html"
echo "$html/index.html"
