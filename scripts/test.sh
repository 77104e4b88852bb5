#!/usr/bin/env bash
# Builds and runs every test. Options:
#   --no-cuda   without nvcc and the CUDA headers: omits the stand-in tests (the CUDA code on the CPU) and the nvcc build
#   --fast      one Release build only: without the sanitizers and without compiling the CUDA code by nvcc
#   --all       the nightly tests too (every recorded case on every schedule of the stand-in, long fuzzing), each source file and each header compiled
#               separately, and the CUDA code for every supported GPU, packed with its tests for a machine that has one
set -euo pipefail
cd "$(dirname "$0")/.."

cuda=1 fast=0 all=0
for option in "$@"; do
  case $option in
    --no-cuda) cuda=0 ;;
    --fast) fast=1 ;;
    --all) all=1 ;;
    *) sed -n '2,6p' "$0"; exit 2 ;;
  esac
done

scripts/install_packages.sh packages.txt packages_test.txt packages_docs.txt
jobs=$(nproc)
# All clones and worktrees share the compiler's cache, because paths are relative to the source folder.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
export CTEST_OUTPUT_ON_FAILURE=1
labels=(-LE nightly)
[ $all = 1 ] && labels=()

cuda_options=() standin=OFF cuda_includes=()
if [ $cuda = 1 ]; then
  found=$(scripts/find_cuda.sh --fetch)  # a separate statement, so that its failure ends this script
  read -ra cuda_options <<<"$found"
  standin=ON
  mapfile -t cuda_includes < <(printf '%s\n' "${cuda_options[@]}" | sed -nE 's/^-DKERAUNOS_(CUDA|CUDNN)_ROOT=(.*)/\2\/include/p' | uniq)
else
  echo "--no-cuda: the CUDA code is neither compiled by nvcc nor run over the stand-in (labels standin, cuda)"
fi

# Prints the time of each part, after the last one or after a failure.
names=() starts=()
step() { names+=("$*"); starts+=($SECONDS); echo; echo "== $*"; }
print_times() {
  starts+=($SECONDS)
  echo
  for i in "${!names[@]}"; do printf '%5d s  %s\n' $((starts[i + 1] - starts[i])) "${names[i]}"; done
  printf '%5d s  in all\n' $SECONDS
}
trap print_times EXIT

build() { # folder, targets or "all", options…
  local folder=$1 targets=$2
  shift 2
  cmake -S . -B "$folder" -G Ninja -DKERAUNOS_TESTS=ON "$@" >/dev/null
  # shellcheck disable=SC2086  # several targets
  cmake --build "$folder" -j "$jobs" --target $targets
}
# The toolkit's folder without building the device: the stand-in needs headers only.
headers=("-DKERAUNOS_STANDIN=$standin")
for option in "${cuda_options[@]}"; do case $option in -DKERAUNOS_CUDA=*|-DCMAKE_CUDA_COMPILER=*) ;; *) headers+=("$option") ;; esac; done

# Eight files are compiled as one unit, in a third of the time; --all checks that each compiles separately.
together=(-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=8)

step "format, direction of includes, headers alone"
scripts/check_format.sh
scripts/check_direction.sh
if [ $all = 1 ]; then scripts/check_headers.sh "${cuda_includes[@]}"; else scripts/check_headers.sh --public; fi

if [ $cuda = 1 ] && [ $fast = 0 ]; then
  if [ $all = 1 ]; then
    step "the CUDA device by nvcc for all shipped architectures, packed with its tests for a machine with a GPU"
    scripts/gpu_bundle.sh
  else
    step "the CUDA device and its tests by nvcc, for sm_90a and as PTX"
    build build/cuda-90a "keraunos_cli golden_gpu truth_gpu unit_gpu allocations_gpu own_stream custom_layer" -DCMAKE_BUILD_TYPE=Release -DKERAUNOS_STANDIN=OFF \
      "-DKERAUNOS_CUDA_ARCHITECTURES=80-virtual;90a-real" "${together[@]}" "${cuda_options[@]}"
  fi
fi

if [ $fast = 0 ]; then
  step "clang-tidy"
  scripts/check_tidy.sh "${headers[@]}"

  step "ASan and UBSan: all tests"
  build build/asan all -DCMAKE_BUILD_TYPE=RelWithDebInfo -DKERAUNOS_SANITIZE=address,undefined -DKERAUNOS_CLI=OFF "${together[@]}" "${headers[@]}"
  ctest --test-dir build/asan -j "$jobs" -LE nightly

  step "TSan: threads and the stand-in's scheduler"
  targets="threads_cpu threads_onednn soak_cpu triton_backend"
  [ $cuda = 1 ] && targets+=" threads_standin keraunos_standin_unit"
  build build/tsan "$targets" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DKERAUNOS_SANITIZE=thread -DKERAUNOS_CLI=OFF "${together[@]}" "${headers[@]}"
  ctest --test-dir build/tsan -j "$jobs" -L threads -LE nightly
fi

step "Release: all tests"
[ $all = 1 ] && together=(-DCMAKE_UNITY_BUILD=OFF)
build build/test all -DCMAKE_BUILD_TYPE=Release "${together[@]}" "${headers[@]}"
ctest --test-dir build/test -j "$jobs" "${labels[@]}" | tee build/test/ctest.log
print_times
trap - EXIT
grep 'tests passed' build/test/ctest.log
