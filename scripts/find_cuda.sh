#!/usr/bin/env bash
# Prints CMake options for a CUDA toolkit with nvcc, cuBLASLt and cuDNN: the machine's own, or one fetched from Python packages into
# build/cuda (1.6 GB, about a minute). Nothing is fetched without --fetch; exit code 1 when there is none.
set -euo pipefail
cd "$(dirname "$0")/.."

report() { # toolkit root, cuDNN root
  echo "-DKERAUNOS_CUDA=ON -DKERAUNOS_CUDA_ROOT=$1 -DKERAUNOS_CUDNN_ROOT=$2 -DCMAKE_CUDA_COMPILER=$1/bin/nvcc"
}

for root in "${CUDA_HOME:-}" /usr/local/cuda "$(dirname "$(dirname "$(command -v nvcc || echo /none/bin/nvcc)")")"; do
  if [ -x "$root/bin/nvcc" ] && [ -f "$root/include/cublasLt.h" ] && [ -f "$root/include/cudnn_backend.h" ]; then
    report "$root" "$root"
    exit 0
  fi
done

fetched=build/cuda
site=$(echo "$PWD/$fetched"/lib/python3*/site-packages/nvidia)
if [ ! -x "$site/cu13/bin/nvcc" ]; then
  [ "${1:-}" = --fetch ] || exit 1
  echo "fetching the CUDA toolkit, cuBLAS and cuDNN from Python packages into $fetched" >&2
  python3 -m venv "$fetched" >&2
  "$fetched/bin/pip" install --quiet --disable-pip-version-check -r scripts/cuda_packages.txt >&2
  site=$(echo "$PWD/$fetched"/lib/python3*/site-packages/nvidia)
fi
report "$site/cu13" "$site/cudnn"
