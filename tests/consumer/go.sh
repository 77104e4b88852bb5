#!/usr/bin/env bash
# Builds examples/go (cgo) with the installed shared library; for a static one `#cgo pkg-config: --static keraunos` gives cgo the flags.
#   go.sh BUILD SHARED_LIBRARY EXAMPLES
set -euo pipefail
command -v go >/dev/null || { echo "go is not installed (Debian: golang-go): examples/go is not tested"; exit 77; }
BUILD=$1 SHARED_LIBRARY=$2
# shellcheck source=tests/consumer/prefixes.sh
. "$(dirname "$0")/prefixes.sh"

use_shared
export GOFLAGS=-mod=mod GOPROXY=off GOCACHE=$folder/cache GO111MODULE=on CGO_ENABLED=1
(cd "$3/go" && go vet . && go build -o "$folder/predict" .)
"$folder/predict" "$3/doc_example" | tail -n 1
