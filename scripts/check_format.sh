#!/usr/bin/env bash
# Checks that all C++ and CUDA code is formatted by clang-format 14 (.clang-format). check_format.sh [--fix]
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run -Werror)
[ "${1:-}" = --fix ] && mode=(-i)
find src include tests bench examples python -name '*.cpp' -o -name '*.h' -o -name '*.cu' -o -name '*.c' | sort | xargs -P "$(nproc)" -n 40 clang-format-14 "${mode[@]}"
