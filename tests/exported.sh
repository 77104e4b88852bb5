#!/usr/bin/env bash
# What a shared library of Keraunos offers is public: nothing of its inner namespaces, nothing of the libraries it uses. exported.sh LIBRARY
set -euo pipefail
exported=$(nm --dynamic --defined-only --demangle "$1" | cut -d' ' -f3-)
inner=$(sed 's/(.*//' <<<"$exported" | grep -E 'keraunos::(host|loader|files|cpu|cuda|math|golden)::|nlohmann' | grep -vE '^(typeinfo|vtable)' || true)
if [ -n "$inner" ]; then
  echo "exported, but not public:"
  head -n 20 <<<"$inner"
  exit 1
fi
grep -q '^keraunos::load_model' <<<"$exported" || { echo "load_model is not exported"; exit 1; }
