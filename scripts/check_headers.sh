#!/usr/bin/env bash
# Checks that every header compiles alone: public ones with the standard library only, internal ones with the source tree.
#   check_headers.sh --public    the public ones only: all 260 headers take five minutes on two cores, so only test.sh --all checks the others
#   check_headers.sh [FOLDER…]   folders of CUDA's and cuDNN's headers; without them the CUDA device's headers are not checked
set -euo pipefail
cd "$(dirname "$0")/.."
command -v ccache >/dev/null && launcher=ccache || launcher=
export COMPILE="$launcher ${CXX:-g++} -std=c++20 -Wall -Wextra -c"
internal=1
[ "${1:-}" = --public ] && internal=0 && shift
cuda=("${@/#/-isystem}")
hdf5=$(pkg-config --cflags hdf5 2>/dev/null || echo -I/usr/include/hdf5/serial)

# Each line has a header's name and its flags.
list() {
  local header
  for header in include/*.h include/keraunos/*.h; do echo "${header#include/} -Iinclude"; done
  [ $internal = 1 ] || return 0
  while read -r header; do
    case $header in
      src/kernels/cuda/*) [ ${#cuda[@]} -eq 0 ] || echo "${header#src/} -Iinclude -Isrc -Itests ${cuda[*]} $hdf5" ;;
      # These are compiled with separate flags, once per instruction set.
      src/kernels/cpu/isa/*) ;;
      *) echo "${header#src/} -Iinclude -Isrc $hdf5" ;;
    esac
  done < <(find src -name '*.h' | sort)
}

# One source file per header, so that the compiler's cache can be used.
compile() {
  local header flags source
  read -r header flags <<<"$1"
  source=build/headers/${header//\//-}.cpp
  echo "#include \"$header\"" >"$source"
  $COMPILE $flags "$source" -o "$source.o" && return
  echo "$header does not compile alone"
  return 1
}
export -f compile

mkdir -p build/headers
list | xargs -P "$(nproc)" -d '\n' -I{} bash -c 'compile "$1"' _ {}
