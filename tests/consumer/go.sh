#!/usr/bin/env bash
# examples/go (cgo) against the installed shared library; cgo takes what a static one needs from `#cgo pkg-config: --static keraunos`.
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
