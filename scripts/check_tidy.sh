#!/usr/bin/env bash
# clang-tidy 14 (.clang-tidy) over the compile commands of a build folder, which may be a unity build. check_tidy.sh BUILD [REGEX of files]
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 only=${2:-.}
python3 -c '
import json, sys
for entry in json.load(open(sys.argv[1])): print(entry["file"])' "$build/compile_commands.json" | grep -E "$only" | grep -v 'generated' | sort -u |
  xargs -P "${TIDY_JOBS:-$(nproc)}" -n 1 clang-tidy-14 -p "$build" --quiet
