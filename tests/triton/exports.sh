#!/usr/bin/env bash
# The backend offers Triton's entry points and nothing else, needs no library of the server, and leaves no symbol undefined but the
# server's and those of the libraries that it names.
#   exports.sh libtriton_keraunos.so
set -euo pipefail
entries=$(nm --dynamic --defined-only "$1" | cut -d' ' -f3 | grep -v '^_' | sort)
if grep -vE '^TRITONBACKEND_' <<<"$entries"; then
  echo "exported, but no entry point of a backend"
  exit 1
fi
grep -qx TRITONBACKEND_ModelInstanceExecute <<<"$entries" || { echo "TRITONBACKEND_ModelInstanceExecute is not exported"; exit 1; }
if readelf --dynamic "$1" | grep NEEDED | grep -i triton; then
  echo "the backend names a library of the server"
  exit 1
fi
undefined=$(ldd -r "$1" 2>&1 | sed -n 's/^undefined symbol: \([^[:space:]]*\).*/\1/p' | grep -vE '^TRITON(SERVER|BACKEND)_' || true)
[ -z "$undefined" ] || { echo "undefined, and not of the server: $undefined"; exit 1; }
