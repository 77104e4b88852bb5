#!/usr/bin/env bash
# Compares Keraunos with ONNX Runtime and TensorFlow: bench/compare/run.sh [--minutes M] [--only MODEL] [--results FOLDER]
# Makes its virtual environment (1.5 GB) and models (300 MB) under build/ the first time, and keeps them.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=build/bench-venv/bin/python
if ! cmp -s bench/compare/requirements.txt build/bench-venv/requirements.txt; then
  python3 -m venv build/bench-venv
  build/bench-venv/bin/pip install -q -r bench/compare/requirements.txt
  cp bench/compare/requirements.txt build/bench-venv/
fi
cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DKERAUNOS_BENCH=ON -DKERAUNOS_EXAMPLES=OFF >build/bench-configure.log
cmake --build build/bench
$python bench/compare/write_models.py build/bench-models 2>build/bench-models.log

standin=build/test/tests/keraunos-standin   # built by scripts/test.sh; without it the CUDA figures are omitted
[ -x $standin ] || standin=""
exec $python bench/compare/measure.py --models build/bench-models --engine build/bench/bench/bench_engine --standin "$standin" --results bench/results "$@"
