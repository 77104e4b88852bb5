#!/usr/bin/env bash
# All C++ and CUDA code is as clang-format 14 (.clang-format) writes it. check_format.sh [--fix]
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run -Werror)
[ "${1:-}" = --fix ] && mode=(-i)
find src include tests bench examples python -name '*.cpp' -o -name '*.h' -o -name '*.cu' -o -name '*.c' | sort | xargs -P "$(nproc)" -n 40 clang-format-14 "${mode[@]}"
