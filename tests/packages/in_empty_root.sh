#!/usr/bin/env bash
# Builds the Debian packages and installs them with apt into an empty Debian (debootstrap, minbase) with a compiler and CMake.
# There the consumer and the program must run, with no -dev packages except libkeraunos-dev and those that the compiler needs.
#   in_empty_root.sh REPOSITORY BUILD
# KERAUNOS_DEBIAN_MIRROR (environment): the source of packages, by default http://deb.debian.org/debian.
# shellcheck disable=SC2016  # text in single quotes is expanded by dpkg-query or inside the root
set -euo pipefail
repository=$1 build=$2
mirror=${KERAUNOS_DEBIAN_MIRROR:-http://deb.debian.org/debian}

skip() { echo "skipped: $1"; exit 77; }
fail() { echo "failed: $1"; exit 1; }
# shellcheck source=/dev/null
suite=$(. /etc/os-release && [ "$ID" = debian ] && echo "$VERSION_CODENAME") || skip "this system is not Debian"
[ "$(id -u)" = 0 ] || skip "only root can make a Debian root folder (chroot)"
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
wget -q --tries=2 --timeout=20 -O /dev/null "$mirror/dists/$suite/Release" || skip "$mirror cannot be reached"

BUILD=$build "$repository/scripts/packages_deb.sh" "$build/packages" >/dev/null
packages=$(find "$build/packages" -name '*.deb')
[ "$(wc -l <<<"$packages")" = 3 ] || fail "expected three packages: $packages"
if command -v lintian >/dev/null; then
  # shellcheck disable=SC2086  # three files
  lintian --allow-root --fail-on error $packages || fail "lintian found errors"
else
  echo "lintian is not installed: the packages are not checked by it"
fi

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
chmod 755 "$root"
# Successful commands print nothing.
quietly() { "$@" >"$root.log" 2>&1 || { cat "$root.log"; rm -f "$root.log"; fail "$*"; }; rm -f "$root.log"; }
inside() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}
installed() { inside dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' | sed -n 's/^ii  *//p'; }
dev_packages() { installed | grep -e '-dev$' | sort; }

quietly debootstrap --variant=minbase "$suite" "$root" "$mirror"
quietly inside apt-get install -y --no-install-recommends g++ cmake make pkg-config
before=$(dev_packages)
mkdir "$root/try"
# shellcheck disable=SC2086
cp $packages "$root/try/"
quietly inside sh -c 'apt-get install -y /try/*.deb'
added=$(comm -13 <(echo "$before") <(dev_packages) | xargs)
echo "-dev packages that g++ brings: $(xargs <<<"$before")"
echo "-dev packages that ours bring: $added"
[ "$added" = libkeraunos-dev ] || fail "only libkeraunos-dev may come"

cp -r "$repository/tests/consumer" "$repository/tests/cases/doc_example_k3" "$root/try/"
quietly inside cmake -S /try/consumer -B /try/build -DCMAKE_BUILD_TYPE=Release
! grep '^CMAKE_C_COMPILER:' "$root/try/build/CMakeCache.txt" || fail "find_package(keraunos) asks for a C compiler"
quietly inside cmake --build /try/build
inside ldd /try/build/consumer | grep -q 'libkeraunos\.so\.[0-9.]* => /' || fail "the consumer does not use the shared library"
inside /try/build/consumer /try/doc_example_k3/model.keras || fail "the consumer built by CMake"
quietly inside sh -c 'g++ -std=c++20 /try/consumer/consumer.cpp $(pkg-config --cflags --libs keraunos) -o /try/by_pkg_config'
inside /try/by_pkg_config /try/doc_example_k3/model.keras || fail "the consumer built by pkg-config"
inside keraunos verify /try/doc_example_k3 --device cpu || fail "keraunos verify"
quietly inside keraunos predict /try/doc_example_k3/model.keras /try/doc_example_k3/inputs.npz /try/y.npz
[ -s "$root/try/y.npz" ] || fail "keraunos predict wrote nothing"

# The static library needs -dev packages, and find_package names them; with those that libkeraunos-dev suggests it is found.
sed -i 's/REQUIRED/REQUIRED COMPONENTS static/; s/keraunos::keraunos/keraunos::static/' "$root/try/consumer/CMakeLists.txt"
message=$(inside cmake -S /try/consumer -B /try/static 2>&1) && fail "the static library was found without what it needs"
[[ $message == *libhdf5.so* && $message == *libhdf5-dev* ]] || fail "the message does not say what is missing: $message"
suggested=$(inside dpkg-query -W -f='${Suggests}' libkeraunos-dev | tr -d ,)
# shellcheck disable=SC2086
quietly inside apt-get install -y --no-install-recommends $suggested
quietly inside cmake -S /try/consumer -B /try/static -DCMAKE_BUILD_TYPE=Release
quietly inside cmake --build /try/static
! inside ldd /try/static/consumer | grep libkeraunos || fail "the consumer of the static library uses the shared one"
inside /try/static/consumer /try/doc_example_k3/model.keras || fail "the consumer of the static library"

quietly inside apt-get remove -y libkeraunos-dev libkeraunos0.1 keraunos
! inside sh -c 'ldconfig -p | grep libkeraunos' || fail "ldconfig still lists the library"
echo "passed"
