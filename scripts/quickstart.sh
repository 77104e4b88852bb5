#!/usr/bin/env bash
# Installs what is missing, builds Release, and predicts ten rows with a model that Keras saved, beside what Keras itself computed.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh packages.txt
# As in test.sh, which compiles these files again only where options differ.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
options=()
if command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; then
  found=$(scripts/find_cuda.sh --fetch)  # by itself, so that its failure ends this script
  read -ra options <<<"$found"
fi
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=8 "${options[@]}" >/dev/null
cmake --build build/release
build/release/examples/doc_example examples/doc_example
echo "the program: build/release/keraunos --help"
