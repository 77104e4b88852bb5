#!/usr/bin/env bash
# Compiles examples/c with the C compiler and pkg-config's flags for an installed library, static and shared.  c.sh BUILD SHARED_LIBRARY EXAMPLES
set -euo pipefail
BUILD=$1 SHARED_LIBRARY=$2
# shellcheck source=tests/consumer/prefixes.sh
. "$(dirname "$0")/prefixes.sh"

try() {
  # shellcheck disable=SC2046,SC2086  # several flags
  ${CC:-gcc} -std=c11 -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror "$EXAMPLES/c/predict.c" $(pkg-config --cflags --libs $LINK keraunos) -lm -o "$folder/predict"
  "$folder/predict" "$EXAMPLES/doc_example" | tail -n 1
}
EXAMPLES=$3
use_static
try
use_shared
try
[ "$(pkg-config --libs keraunos | wc -w)" = 2 ] || { echo "the shared library asks for more than itself: $(pkg-config --libs keraunos)"; exit 1; }
version=$(pkg-config --modversion keraunos)
"$folder/predict" "$EXAMPLES/doc_example" | grep -qF "(Keraunos $version)" || { echo "keraunos.pc says version $version"; exit 1; }
