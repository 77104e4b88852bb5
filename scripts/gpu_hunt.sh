#!/usr/bin/env bash
# Searches for occasional failures: gpu_hunt.sh RESULTS_FOLDER SECONDS [PROGRAM…] runs each unit test program, by default bin/unit_gpu, repeatedly until
# the time is over: all tests, and the tests of threads separately, in parallel. Runs inside the folder that gpu_bundle.sh packed. It may also run programs of an older commit, or programs
# built with -DKERAUNOS_SANITIZE=address (then with ASAN_OPTIONS=protect_shadow_gap=0:detect_leaks=0); their names distinguish them.
# hunt.txt lists the exit status of every run; the outputs of failed runs are in the same folder, with the addresses that crash_trace.cpp printed.
# Exit codes: 0 no run failed, 1 some runs failed.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { sed -n '2,6p' "$0"; exit 2; }
results=$(mkdir -p "$1" && cd "$1" && pwd)
until=$(($(date +%s) + $2))
programs=("${@:3}")
cd "$here" || exit 2
[ ${#programs[@]} -gt 0 ] || programs=(bin/unit_gpu)
. ./gpu_libraries.sh

hunt() { # name, command…
  local name=$1 run=0 left code log
  shift
  while left=$((until - $(date +%s))) && [ $left -gt 0 ]; do
    run=$((run + 1)) log=$results/$name.$run.txt
    timeout -s KILL $left "$@" >"$log" 2>&1
    code=$?
    [ $code = 137 ] && [ "$(date +%s)" -ge $until ] && rm "$log" && break  # the time is over
    echo "$name $run: exit code $code, $(grep -c '^\[       OK' "$log") tests passed $(grep '^\[  FAILED  \] .*ms)' "$log" | head -3 | xargs)" >>"$results/hunt.txt"
    [ $code = 0 ] && rm "$log"
  done
}

: >"$results/hunt.txt"
for program in "${programs[@]}"; do
  hunt "$(basename "$program")" "$program" &
  hunt "$(basename "$program")_threads" "$program" --gtest_filter='*Threads*' --gtest_repeat=5 &
done
wait
sed -E 's/ [0-9]+: / /' "$results/hunt.txt" | sort | uniq -c
! grep -vq 'exit code 0,' "$results/hunt.txt"
