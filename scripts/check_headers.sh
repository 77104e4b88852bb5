#!/usr/bin/env bash
# Every header compiles alone: public ones with nothing but the standard library, internal ones with the source tree.
#   check_headers.sh [FOLDER…]   folders of CUDA's and cuDNN's headers; without them the CUDA device's headers are left out
set -euo pipefail
cd "$(dirname "$0")/.."
compiler=${CXX:-g++}
cuda=("${@/#/-isystem}")
failed=0
check() { # header, flags…
  local header=$1
  shift
  echo "#include \"$header\"" | "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra "$@" -x c++ - || { echo "$header does not compile alone"; failed=1; }
}
for header in include/keraunos/*.h; do check "${header#include/}" -Iinclude; done
hdf5=$(pkg-config --cflags hdf5 2>/dev/null || echo -I/usr/include/hdf5/serial)
while read -r header; do
  case $header in
    src/kernels/cuda/*) [ ${#cuda[@]} -gt 0 ] && check "${header#src/}" -Iinclude -Isrc -Itests "${cuda[@]}" $hdf5 ;;
    # Compiled with flags of their own, once per instruction set.
    src/kernels/cpu/isa/*) ;;
    *) check "${header#src/}" -Iinclude -Isrc $hdf5 ;;
  esac
done < <(find src -name '*.h' | sort)
exit $failed
