#!/usr/bin/env bash
# Installs missing packages, builds Release, and predicts ten rows with a model that Keras saved, next to Keras's own results.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh packages.txt
# The same options as in test.sh, so that it need not compile these files again.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
options=()
if command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; then
  found=$(scripts/find_cuda.sh --fetch)  # a separate statement, so that its failure ends this script
  read -ra options <<<"$found"
fi
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=8 "${options[@]}" >/dev/null
cmake --build build/release
build/release/examples/doc_example examples/doc_example
echo "the program: build/release/keraunos --help"
