#!/usr/bin/env bash
# Builds Debian's libhdf5 and libzip again for a wheel, without what only reads from the network and what encrypts: curl, OpenSSL and Kerberos are a fifth of a
# wheel with Debian's own. Sonames, symbol versions and functions are those of Debian's libraries, so that auditwheel takes them for a wheel that is linked already:
#   scripts/wheel_libraries.sh build/wheel_libraries && pip wheel . && LD_LIBRARY_PATH=build/wheel_libraries auditwheel repair keraunos-*.whl
# The sources are Debian's source packages with their patches. Exit code 77: they, or the programs that build them, are not here.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$out/work
for program in dpkg-source cmake ninja; do
  command -v "$program" >/dev/null || { echo "wheel_libraries.sh needs $program" >&2; exit 77; }
done

fetch() { # source package: unpacked in $work/PACKAGE
  local release
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mkdir -p "$work/lists/partial" && cd "$work"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $release main" >sources.list
  local apt=(apt-get --quiet -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work")
  if ! { "${apt[@]}" update && "${apt[@]}" source --download-only "$1"; } >fetch.log 2>&1; then
    tail -n 3 fetch.log >&2
    exit 77
  fi
  dpkg-source --no-check -x "$1"_*.dsc "$1" >extract.log 2>&1
}

build() { # package, target, built file, soname, CMake options
  local package=$1 target=$2 file=$3 soname=$4
  shift 4
  [ ! -e "$out/$soname" ] || return 0
  fetch "$package"
  mkdir -p "$work/$package.build" && cd "$work/$package.build"  # HDF5's checks write into the current folder
  cmake -S "../$package" -B . -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON "$@" >../configure.log 2>&1
  ninja "$target" >../build.log
  strip --strip-unneeded -o "$out/$soname" "$file/$soname"
}

# Without the driver for S3. libsz (SZIP filters) stays, as in Debian's.
build hdf5 hdf5_serial-shared bin libhdf5_serial.so.103 -DONLY_SHARED_LIBS=ON -DBUILD_TESTING=OFF -DHDF5_BUILD_TOOLS=OFF -DHDF5_BUILD_UTILS=OFF \
  -DHDF5_BUILD_EXAMPLES=OFF -DHDF5_BUILD_HL_LIB=OFF -DHDF5_ENABLE_Z_LIB_SUPPORT=ON -DHDF5_ENABLE_SZIP_SUPPORT=ON -DHDF5_ENABLE_SZIP_ENCODING=ON \
  -DHDF5_ENABLE_THREADSAFE=ON -DHDF5_LIB_INFIX=_serial -DDEFAULT_API_VERSION=v18 \
  -DCMAKE_SHARED_LINKER_FLAGS="-Wl,--version-script,$work/hdf5/debian/map_serial.ver"
# Without encryption, and without a function of glibc 2.36, which would raise the wheel's manylinux version.
build libzip zip lib libzip.so.4 -DBUILD_TOOLS=OFF -DBUILD_REGRESS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOC=OFF -DENABLE_COMMONCRYPTO=OFF -DENABLE_GNUTLS=OFF \
  -DENABLE_MBEDTLS=OFF -DENABLE_OPENSSL=OFF -DENABLE_LZMA=OFF -DHAVE_ARC4RANDOM=OFF
rm -rf "$work"
