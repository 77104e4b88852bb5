#!/usr/bin/env bash
# Checks that a shared library of Keraunos exports public functions only: none of its inner namespaces, none of the libraries it uses; and that these are
# the functions in exported.txt: a removed or changed function breaks programs that are already linked.
#   exported.sh LIBRARY            compares
#   exported.sh LIBRARY --record   writes exported.txt
set -euo pipefail
recorded=$(dirname "$0")/exported.txt
exported=$(nm --dynamic --defined-only --demangle "$1" | cut -d' ' -f3-)
inner=$(sed 's/(.*//' <<<"$exported" | grep -E 'keraunos::(host|loader|files|cpu|cuda|math|golden)::|nlohmann' | grep -vE '^(typeinfo|vtable)' || true)
if [ -n "$inner" ]; then
  echo "exported, but not public:"
  head -n 20 <<<"$inner"
  exit 1
fi
grep -q '^keraunos::load_model' <<<"$exported" || { echo "load_model is not exported"; exit 1; }

# Only functions that are not inline; for inline ones the compiler decides. Session's constructor is private.
functions=$(nm --dynamic --defined-only --demangle "$1" | sed -n 's/^[0-9a-f]* T \(keraunos\(::\|_[a-z]\).*\)/\1/p' | grep -v '^keraunos::Session::Session(std::shared_ptr' | LC_ALL=C sort -u)
if grep -E '(host|loader|files|cpu|cuda|math)::' <<<"$functions" | grep -E 'keraunos::(host|loader|files|cpu|cuda|math)::'; then
  echo "an exported function takes or gives what is not public"
  exit 1
fi
# docs/versioning.md lists the functions of the C interface, and the C++ headers.
root=$(dirname "$0")/..
compare() { # name of the list, documented, found
  local difference
  difference=$(diff <(sort -u <<<"$2") <(sort -u <<<"$3") | grep '^[<>]' || true)
  [ -z "$difference" ] && return
  echo "$1 (<: docs/versioning.md alone):"
  echo "$difference"
  exit 1
}
promised=$(sed -n '/^## From C$/,/^## From C++$/p' "$root/docs/versioning.md" | grep -oE 'keraunos_[a-z0-9_]+\(\)' | tr -d '()')
compare "functions for C that are promised and those that the library exports" "$promised" "$(grep -E '^keraunos_' <<<"$functions")"
compare "functions for C that are promised and those that keraunos.h declares" "$promised" \
  "$(tr '\n' ' ' <"$root/include/keraunos.h" | grep -oE 'KERAUNOS_C_API [^;(]*\(' | grep -oE 'keraunos_[a-z0-9_]+\($' | tr -d '(')"
compare "C++ headers" "$(sed -n '/^## From C++$/,/^## How/p' "$root/docs/versioning.md" | grep -oE 'keraunos/[a-z_]+\.h')" \
  "$(cd "$root/include" && ls keraunos/*.h)"

if [ "${2:-}" = --record ]; then
  printf '%s\n' "$functions" >"$recorded"
  exit 0
fi
gone=$(LC_ALL=C comm -23 "$recorded" <(printf '%s\n' "$functions"))
if [ -n "$gone" ]; then
  echo "recorded in exported.txt, and exported no more; raise the minor version in CMakeLists.txt, unless this version was never released, then record:"
  echo "$gone"
  exit 1
fi
added=$(LC_ALL=C comm -13 "$recorded" <(printf '%s\n' "$functions"))
if [ -n "$added" ]; then
  echo "exported, and not recorded in exported.txt; if it is meant to be public, record it:"
  echo "$added"
  exit 1
fi
