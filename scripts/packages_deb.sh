#!/usr/bin/env bash
# Builds Debian packages for the CPU: libkeraunos0.1 (shared library), libkeraunos-dev, keraunos (program).  packages_deb.sh [OUT]
# OUT (build/deb/packages) receives the .deb files, BUILD (environment; build/deb) is the folder of the build. One commit, one
# compiler and one set of installed packages give the same bytes: times in the archives are SOURCE_DATE_EPOCH, by default the
# commit's time.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in -*) sed -n '2,4p' "$0"; exit 2 ;; esac
build=${BUILD:-build/deb}
out=$(realpath -m "${1:-$build/packages}")

scripts/install_packages.sh packages.txt packages_deb.txt
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH

# Packages depend on the libraries that are linked, so the linker omits unused ones.
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr \
  -DKERAUNOS_PACKAGES=ON -DBUILD_SHARED_LIBS=ON -DKERAUNOS_STATIC_TOO=ON \
  -DKERAUNOS_CUDA=OFF -DKERAUNOS_TESTS=OFF -DKERAUNOS_PYTHON=OFF -DKERAUNOS_EXAMPLES=OFF \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=8 \
  -DCMAKE_SHARED_LINKER_FLAGS=-Wl,--as-needed,-z,now -DCMAKE_EXE_LINKER_FLAGS=-Wl,--as-needed,-z,now >/dev/null
cmake --build "$build"

# The folder into which cpack installs is removed first, so that no file of an earlier build is packed.
rm -rf "$build/packing"
mkdir -p "$out"
rm -f "$out"/libkeraunos*.deb "$out"/keraunos_*.deb
umask 022
(cd "$build" && cpack -B packing) >"$build/cpack.log" 2>&1 || { cat "$build/cpack.log" >&2; exit 1; }
mv "$build"/packing/*.deb "$out/"
ls -l "$out"/*.deb
