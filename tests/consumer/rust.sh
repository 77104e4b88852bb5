#!/usr/bin/env bash
# Builds examples/rust with the installed libraries.  rust.sh BUILD SHARED_LIBRARY EXAMPLES
set -euo pipefail
command -v rustc >/dev/null || { echo "rustc is not installed (Debian: rustc): examples/rust is not tested"; exit 77; }
BUILD=$1 SHARED_LIBRARY=$2
# shellcheck source=tests/consumer/prefixes.sh
. "$(dirname "$0")/prefixes.sh"

try() {
  # shellcheck disable=SC2046,SC2086  # several flags
  rustc --edition 2021 -D warnings -O "$3/rust/predict.rs" -o "$folder/predict" $(printf -- '-C link-arg=%s ' $(pkg-config --libs $LINK keraunos))
  "$folder/predict" "$3/doc_example" | tail -n 1
}
use_static
try "$@"
use_shared
try "$@"
