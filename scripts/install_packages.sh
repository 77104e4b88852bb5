#!/usr/bin/env bash
# Installs the Debian packages named in the given lists that are not installed yet, as root or with sudo; otherwise prints the missing ones.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
for package in $(cat "$@"); do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

explain() { # why
  echo "These packages are missing: ${missing[*]}" >&2
  echo "$1; as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
}
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || explain "Only root can install them, and sudo is not here"
  as_root=(sudo)
fi
echo "installing ${missing[*]}" >&2
# sudo drops the environment, so env passes the variable; apt's output is shown only when it fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${as_root[@]}" apt-get update -qq || explain "apt-get update failed"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
  { cat "$log" >&2; explain "apt-get install failed"; }
