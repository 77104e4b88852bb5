#!/usr/bin/env bash
# Checks the sources of the library, its program, the Python bindings and the CUDA code with clang-tidy (checks: .clang-tidy), thirty files as one unit, so that headers are parsed once
# per unit. Options of cmake may follow: the folders of CUDA's headers, without which the CUDA code is not checked.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/tidy

cmake -S . -B "$folder" -G Ninja -DKERAUNOS_TESTS=ON -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=30 "$@" >/dev/null
places=("$folder/src")
[ -d "$folder/tests/CMakeFiles/cuda_over_standin.dir" ] && places+=("$folder/tests/CMakeFiles/cuda_over_standin.dir")
[ -d "$folder/python" ] && places+=("$folder/python")
mapfile -t files < <(find "${places[@]}" -name 'unity_*.cxx' | sort)
[ ${#files[@]} -gt 0 ] || { echo "cmake wrote no unity files into $folder" >&2; exit 2; }
# "N warnings generated" also counts warnings that are not shown.
printf '%s\n' "${files[@]}" |
  xargs -P "$(nproc)" -n 1 clang-tidy-16 -p "$folder" --quiet --extra-arg=-Wno-unknown-warning-option 2> >(grep -v 'warnings generated' >&2)
