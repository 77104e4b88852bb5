#!/usr/bin/env bash
# Prints CMake options for a CUDA toolkit with nvcc, cuBLAS, cuSOLVER and cuDNN: an installed one, or one fetched from Python packages into
# build/cuda (2.1 GB, about a minute). Nothing is fetched without --fetch; exit code 1 when no toolkit is found.
set -euo pipefail
cd "$(dirname "$0")/.."

report() { # toolkit root, cuDNN root
  echo "-DKERAUNOS_CUDA=ON -DKERAUNOS_CUDA_ROOT=$1 -DKERAUNOS_CUDNN_ROOT=$2 -DCMAKE_CUDA_COMPILER=$1/bin/nvcc"
}

for root in "${CUDA_HOME:-}" /usr/local/cuda "$(dirname "$(dirname "$(command -v nvcc || echo /none/bin/nvcc)")")"; do
  if [ -x "$root/bin/nvcc" ] && [ -f "$root/include/cublasLt.h" ] && [ -f "$root/include/cusolverDn.h" ] && [ -f "$root/include/cudnn_backend.h" ]; then
    report "$root" "$root"
    exit 0
  fi
done

fetched=build/cuda
fetched_list=$fetched/cuda_packages.txt  # copied last, so that an interrupted fetch, or one with another list, is repeated
if ! cmp -s scripts/cuda_packages.txt "$fetched_list"; then
  [ "${1:-}" = --fetch ] || exit 1
  scripts/install_packages.sh packages_fetch.txt >&2
  echo "fetching the CUDA toolkit, cuBLAS, cuSOLVER and cuDNN from Python packages into $fetched (2.1 GB)" >&2
  if ! { python3 -m venv "$fetched" && "$fetched/bin/pip" install --quiet --disable-pip-version-check -r scripts/cuda_packages.txt; } >&2; then
    echo "There is no CUDA toolkit here (nvcc, cublasLt.h, cusolverDn.h and cudnn_backend.h under one root), and it could not be fetched." >&2
    echo "Install one and name its root in CUDA_HOME, or do without: scripts/test.sh --no-cuda" >&2
    exit 1
  fi
  # nvcc links with libraries in lib64; the packages have them in lib.
  for toolkit in "$fetched"/lib/python3*/site-packages/nvidia/cu13; do ln -sfn lib "$toolkit/lib64"; done
  cp scripts/cuda_packages.txt "$fetched_list"
fi
site=$(echo "$PWD/$fetched"/lib/python3*/site-packages/nvidia)
report "$site/cu13" "$site/cudnn"
