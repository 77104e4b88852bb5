#!/usr/bin/env bash
# Packs the files that a machine with a GPU, a driver and the CUDA libraries needs to check Keraunos: gpu_bundle.sh [--public MODELS] [OUT.tar.xz], by default
# build/gpu_bundle.tar.xz. Programs are built here (nvcc, no GPU needed); the bundle contains all shared libraries except cuBLASLt, cuDNN, the CUDA runtime and
# glibc's. On the other machine: tar xf gpu_bundle.tar.xz && keraunos-gpu/gpu_check.sh RESULTS_FOLDER
# --public also packs other people's models with their recordings (a folder with golden/ in it) as gpu_public.tar.xz: unpack it in the same folder.
set -euo pipefail
cd "$(dirname "$0")/.."
public=
[ "${1:-}" = --public ] && public=$(realpath "$2") && shift 2
out=${1:-build/gpu_bundle.tar.xz}
most_bytes=$((60 * 1024 * 1024))

found=$(scripts/find_cuda.sh --fetch)  # a separate statement, so that its failure ends this script
read -ra cuda_options <<<"$found"
cmake -S . -B build/cuda-release -G Ninja -DCMAKE_BUILD_TYPE=Release -DKERAUNOS_TESTS=ON -DKERAUNOS_STANDIN=OFF "${cuda_options[@]}" >/dev/null
cmake --build build/cuda-release -j "$(nproc)" --target keraunos_cli golden_gpu truth_gpu unit_gpu allocations_gpu

folder=build/keraunos-gpu
rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/lib"
for program in keraunos tests/golden_gpu tests/truth_gpu tests/unit_gpu tests/allocations_gpu; do
  install -s "build/cuda-release/$program" "$folder/bin/"
  ldd "build/cuda-release/$program" | awk '$3 ~ /^\// { print $3 }'
done | sort -u | grep -Ev '/(libc|libm|libdl|librt|libpthread|libresolv|libcublas[A-Za-z]*|libcudart|libcudnn[a-z_]*|libnvrtc|libcuda)\.so' | xargs -I{} cp -L {} "$folder/lib/"
cp -r tests/cases "$folder/cases"
rm -f "$folder"/cases/*.py
mkdir -p "$folder/truth" "$folder/models"
cp bench/models/*.json "$folder/models/"
find tests/standin/truth -name '*.jsonl' -exec cp {} "$folder/truth/" \;
cp examples/doc_example/*.keras "$folder/"
cp scripts/gpu_check.sh scripts/gpu_hunt.sh scripts/gpu_libraries.sh scripts/gpu_report.py "$folder/"
git rev-parse HEAD >"$folder/commit" 2>/dev/null || echo unknown >"$folder/commit"

if [ -n "$public" ]; then
  XZ_OPT="--threads=1 -1" tar -C "$public" --transform "s,^\\.,keraunos-gpu/public," -cJf "$(dirname "$out")/gpu_public.tar.xz" .
fi

# The five programs contain the same kernels: a dictionary larger than all programs compresses these once.
XZ_OPT="--threads=1 --lzma2=preset=1,dict=192MiB" tar -C build -cJf "$out" keraunos-gpu
bytes=$(stat -c %s "$out")
echo "$out: $bytes bytes"
if [ "$bytes" -gt $most_bytes ]; then
  echo "the bundle is larger than 60 MiB" >&2
  exit 1
fi
