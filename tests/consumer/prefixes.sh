# shellcheck shell=bash disable=SC2034
# Two installed prefixes in an empty folder: $static as the build installs it, $shared with the shared library instead of the static one.
# Reads BUILD and SHARED_LIBRARY. use_static and use_shared set PKG_CONFIG_PATH, and LINK to pkg-config's option.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
static=$folder/static shared=$folder/shared
cmake --install "$BUILD" --prefix "$static" >/dev/null
libraries=$(dirname "$(find "$static" -name pkgconfig)")
cp -r "$static" "$shared"
libraries=$shared/${libraries#"$static"/}
rm -f "$libraries"/libkeraunos.*
cp "$SHARED_LIBRARY" "$libraries/"
name=$(basename "$SHARED_LIBRARY")  # libkeraunos.so.0.1.0
ln -s "$name" "$libraries/${name%.*}"
ln -s "$name" "$libraries/${name%%.so*}.so"

use_static() { use "$(dirname "$(find "$static" -name pkgconfig)")" --static; }
use_shared() { use "$libraries" ""; }
use() {  # folder of libraries, pkg-config's option
  export PKG_CONFIG_PATH=$1/pkgconfig LD_LIBRARY_PATH=$1
  LINK=$2
}
