#!/usr/bin/env bash
# Builds the consumer with a package and runs it: the build installed into an empty folder, or the package in PACKAGE. The
# package must not search for other packages and must need no language except C++.  run.sh BUILD CONSUMER MODEL [PACKAGE]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
package=${4:-}
if [ -z "$package" ]; then
  cmake --install "$1" --prefix "$folder/installed" >/dev/null
  package=$(dirname "$(find "$folder/installed" -name keraunos-config.cmake)")
fi
cmake -S "$2" -B "$folder/build" -G Ninja -Dkeraunos_DIR="$package" -DCMAKE_BUILD_TYPE=Release \
  --trace-expand --trace-redirect="$folder/trace" >/dev/null
searched=$(grep -iE '\): *(find_package|find_dependency|pkg_check_modules|enable_language)\(' "$folder/trace" |
  grep -v 'find_package(keraunos REQUIRED *)' || true)
[ -z "$searched" ] || { echo "find_package(keraunos) searches for more than itself: $searched"; exit 1; }
! grep '^CMAKE_C_COMPILER:' "$folder/build/CMakeCache.txt" || { echo "find_package(keraunos) asks for a C compiler"; exit 1; }
cmake --build "$folder/build" >/dev/null
"$folder/build/consumer" "$3"
