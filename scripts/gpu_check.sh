#!/usr/bin/env bash
# Checks Keraunos on a GPU and writes one JSON file: gpu_check.sh [RESULTS_FOLDER [PART…]], by default bench/results and every part. Runs inside
# the folder that gpu_bundle.sh packed, or in a checkout after gpu_bundle.sh has run. The parts run in this order, because a borrowed machine may be taken back:
#   truth      records the answers of the real libraries, with which the stand-in is tested
#   float32    replays the recorded cases        tf32  the same with tensor cores
#   unit       unit tests of the CUDA device, those with many threads several times, and tests of allocations
#   public     other people's models, if gpu_public.tar.xz was unpacked too
#   bench      whole predict calls of a few models
#   sanitizer  compute-sanitizer's four tools on a few cases
# Exit codes: 0 all passed, 1 something failed (see the JSON file), 3 there is no GPU.
set -uo pipefail
beside=$(cd "$(dirname "$0")" && pwd)
here=$beside
[ -d "$here/bin" ] || here=$(cd "$here/.." && pwd)/build/keraunos-gpu
results=$(mkdir -p "${1:-bench/results}" && cd "${1:-bench/results}" && pwd)
parts=${*:2}
wanted() { [ -z "$parts" ] || [[ " $parts " == *" $1 "* ]]; }

if ! command -v nvidia-smi >/dev/null || ! nvidia-smi -L >/dev/null 2>&1; then
  echo "no NVIDIA GPU or no driver here: nothing was checked" >&2
  exit 3
fi
if [ ! -x "$here/bin/keraunos" ]; then
  echo "no programs in $here/bin; scripts/gpu_bundle.sh builds them" >&2
  exit 2
fi

cd "$here" || exit 2
. "$beside/gpu_libraries.sh"
log=$results/gpu_check_logs
mkdir -p "$log"

step() { # name, command…: its output and exit code go to files, so that steps may run side by side
  local name=$1
  shift
  echo "== $name"
  timeout 240 "$@" >"$log/$name.txt" 2>&1
  echo $? >"$log/$name.code"
  tail -n 3 "$log/$name.txt"
}

# Most time of a case is the libraries' planning on one core, so several processes share the cases.
goldens() { # name, cases, precision, options…
  local shards=$(($(nproc) / 2)) shard
  shards=$((shards < 1 ? 1 : shards > 8 ? 8 : shards))
  for shard in $(seq 0 $((shards - 1))); do
    step "golden_$1_$shard" bin/golden_gpu "$2" --device cuda --precision "$3" --shard "$shard/$shards" "${@:4}" &
  done
  wait
}

if wanted truth; then
  step truth bin/truth_gpu record "$results/truth-$(date +%F).jsonl"
  [ -n "$(ls truth 2>/dev/null)" ] && step truth_judged bin/truth_gpu judge truth
fi
wanted float32 && goldens float32 cases float32
wanted tf32 && goldens tf32 cases tf32
if wanted unit; then
  step unit bin/unit_gpu
  step allocations bin/allocations_gpu
  # The timing of threads differs in each run.
  step unit_threads bin/unit_gpu --gtest_filter='*Threads*' --gtest_repeat=10
fi
# Unsupported layers are refused with a message; the report counts them.
wanted public && [ -d public/golden ] && goldens public public/golden float32 --allow-refused 0
if wanted bench; then
  for batch in 1 32; do
    step "bench_doc_example_$batch" bin/keraunos bench keras3.keras --device cuda --batch $batch --json
    for model in models/*.json; do
      name=$(basename "$model" .json)
      step "bench_${name}_$batch" bin/keraunos bench "$model" --weights synthetic:7 --device cuda --batch $batch --json
      step "bench_${name}_float32_$batch" bin/keraunos bench "$model" --weights synthetic:7 --device cuda --precision float32 --batch $batch --json
    done
  done
fi
if wanted sanitizer; then
  if command -v compute-sanitizer >/dev/null; then
    for tool in memcheck racecheck initcheck synccheck; do
      some=(--shard 0/40)
      # cuDNN's strict float32 convolutions read uninitialised results without using them; excluding these kernels by name would also ignore their
      # writes.
      [ $tool = initcheck ] && some=(--only dense)
      step "sanitizer_$tool" compute-sanitizer --tool "$tool" --error-exitcode 9 bin/golden_gpu cases --device cuda --precision float32 "${some[@]}" &
    done
    wait
  else
    echo "no compute-sanitizer here"
  fi
fi

python3 gpu_report.py "$log" "$results" "$(cat commit)"
for code in "$log"/*.code; do [ "$(cat "$code")" = 0 ] || exit 1; done
