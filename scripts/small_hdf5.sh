#!/usr/bin/env bash
# Builds Debian's libhdf5_serial.so.103 without the driver that reads from S3, which alone needs curl, OpenSSL and Kerberos (6 MiB of a wheel). The result has
# the same soname and symbol versions, so that it replaces Debian's library in a wheel without linking anew:
#   scripts/small_hdf5.sh build/small_hdf5 && pip wheel . && LD_LIBRARY_PATH=build/small_hdf5 auditwheel repair keraunos-*.whl
# The sources are Debian's source package, with its patches; libsz (SZIP filters) stays. Exit code 77: the package cannot be fetched.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
name=libhdf5_serial.so.103
[ -e "$out/$name" ] && exit 0
for program in dpkg-source cmake ninja; do
  command -v "$program" >/dev/null || { echo "small_hdf5.sh needs $program" >&2; exit 77; }
done

work=$out/work
rm -rf "$work"
mkdir -p "$work/lists/partial" "$work/build"
cd "$work"
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $release main" >sources.list
apt=(apt-get --quiet -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work")
if ! { "${apt[@]}" update && "${apt[@]}" source --download-only hdf5; } >fetch.log 2>&1; then
  tail -n 3 fetch.log >&2
  exit 77
fi
dpkg-source --no-check -x hdf5_*.dsc source >extract.log

cd build  # HDF5's checks write into the current folder
cmake -S ../source -B . -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DONLY_SHARED_LIBS=ON -DBUILD_TESTING=OFF -DHDF5_BUILD_TOOLS=OFF \
  -DHDF5_BUILD_UTILS=OFF -DHDF5_BUILD_EXAMPLES=OFF -DHDF5_BUILD_HL_LIB=OFF -DHDF5_ENABLE_Z_LIB_SUPPORT=ON -DHDF5_ENABLE_SZIP_SUPPORT=ON \
  -DHDF5_ENABLE_SZIP_ENCODING=ON -DHDF5_LIB_INFIX=_serial -DHDF5_ENABLE_THREADSAFE=ON -DDEFAULT_API_VERSION=v18 \
  -DCMAKE_SHARED_LINKER_FLAGS="-Wl,--version-script,$work/source/debian/map_serial.ver" >../configure.log
ninja hdf5_serial-shared >../build.log
strip --strip-unneeded -o "$out/$name" "bin/$name"
rm -rf "$work"
