#!/usr/bin/env bash
# Checks that includes go loader → host ← kernels and never back, that only kernels/cuda includes CUDA headers, and that public headers include the
# standard library only.
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0
refuse() { # what is wrong, then a grep for it
  local why=$1 found
  shift
  found=$(grep -rnE "$@" 2>/dev/null) || return 0
  echo "$why:"
  echo "$found"
  bad=1
}
refuse "host includes what it must not know" '#include *"(loader|kernels|cli|golden)/' src/host
refuse "kernels include the loader" '#include *"(loader|cli|golden)/' src/kernels
refuse "the loader includes kernels" '#include *"(kernels|cli|golden)/' src/loader
refuse "the C interface includes what is not public" '#include *"(host|loader|kernels|cli|golden)/' src/c
refuse "the Triton backend includes what is not public" '#include *"(host|loader|kernels|cli|golden|c)/' src/triton
refuse "the Python bindings include what is not public" '#include *"(host|loader|kernels|cli|golden)/' python/src
refuse "CUDA outside kernels/cuda" '#include *[<"](cuda|cublas|cudnn|cusolver|nvrtc)[^/]*\.h' include src/host src/loader src/kernels/math src/kernels/cpu
if grep -rhE '#include *"' include | grep -vE '"keraunos/[a-z_]+\.h"' ; then
  echo "a public header includes a header that is not public"
  bad=1
fi
# The special treatment of a layer is in its definition; class names that belong to Keras's file formats are in format_names.h.
classes=$(grep -ohE '"[A-Z][A-Za-z0-9]+"' src/loader/layers/*.cpp src/loader/keras/format_names.h | sort -u | paste -sd'|')
refuse "loader/keras names a layer's class" "$classes|class_name *[!=]= *\"[A-Z]|class_name(\(\))?\.(starts|ends)_with\(\"[A-Z]" src/loader/keras --include=*.cpp --include=*.h --exclude=format_names.h
# Private members may use these types; users cannot access them.
if awk '/^ *private:/ {hidden = 1} /^ *(public|protected):/ || /^};/ {hidden = 0}
        !hidden && /(host|files|loader|math)::/ {print FILENAME ":" FNR ": " $0; bad = 1} END {exit !bad}' include/keraunos/*.h; then
  echo "a public signature names what is internal"
  bad=1
fi
refuse "__shared__ variables (use dynamic_shared)" '^[^/]*__shared__' src/kernels/cuda --include=*.cu
refuse "a kernel launched with <<<>>> (use launch)" '<<<[^>]' src/kernels/cuda
refuse "the library prints" 'std::c(out|err)|\b(printf|fprintf|puts)\(' src/host src/loader src/kernels src/c src/triton
[ "$(grep -rlE '#include *<nlohmann/json.hpp>' src | wc -l)" -le 3 ] || { echo "nlohmann/json.hpp is included in more than three files"; bad=1; }
exit $bad
