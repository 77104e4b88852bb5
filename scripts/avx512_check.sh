#!/usr/bin/env bash
# Runs the AVX-512 kernels on a machine without AVX-512: the CPU kernels' unit tests and the recorded cases, under a Debian kernel in
# Bochs, which emulates an Intel Skylake-X. Takes 26 minutes on one core (1 to boot, 8 for the cases, 17 for the unit tests), so it is not a
# part of scripts/test.sh.
#   avx512_check.sh [BUILD]   the folder of a Release build with tests; by default build/test, which scripts/test.sh builds
set -euo pipefail
cd "$(dirname "$0")/.."

build=$(realpath "${1:-build/test}")
packages=(bochs bochs-term bochsbios vgabios isolinux syslinux-common xorriso cpio busybox-static binutils)
missing=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "${packages[@]}" 2>&1 | sed -n '/^ii /!s/.* //p' | xargs || true)
[ -z "$missing" ] || { echo "Missing: $missing; as root: apt-get update && apt-get install --no-install-recommends $missing" >&2; exit 1; }
for program in tests/keraunos_unit tests/golden_cpu keraunos; do
  [ -x "$build/$program" ] || { echo "$build/$program is missing: scripts/test.sh --fast builds it" >&2; exit 1; }
done

work=$build/avx512
rm -rf "$work"/{guest,disk,serial.txt}
mkdir -p "$work"/{kernel,disk,guest/bin,guest/proc,guest/dev}
if ! ls "$work"/kernel/boot/vmlinuz-* >/dev/null 2>&1; then
  kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/ *Depends: //p' | head -1)
  [ -n "$kernel" ] || { echo "apt knows no linux-image-cloud-amd64; as root: apt-get update" >&2; exit 1; }
  (cd "$work/kernel" && apt-get download -qq "$kernel" && dpkg-deb -x "$kernel"_*.deb . && rm "$kernel"_*.deb)
fi

# The emulated machine's file system: programs with their libraries, cases, and an init process that runs them.
for program in tests/keraunos_unit tests/golden_cpu keraunos; do strip -o "$work/guest/bin/${program##*/}" "$build/$program"; done
ldd "$work"/guest/bin/* | sed -nE 's/.*[[:space:]](\/[^ ]*) \(0x.*/\1/p' | sort -u | xargs cp -L --parents -t "$work/guest"
cp /bin/busybox "$work/guest/bin/busybox"
cp -r tests/cases "$work/guest/cases"
suites=$(sed -nE 's/^TEST\((\w+),.*/\1.*/p' tests/unit/kernels/{cpu,math}/*_test.cpp | sort -u | paste -sd:)
cat >"$work/guest/init" <<EOF
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mkdir -p /tmp
exec >/dev/ttyS0 2>&1
# Bochs fails in the dynamic linker's XRSTOR, which runs when a function of a library is called for the first time.
export LD_BIND_NOW=1
/bin/keraunos inspect /cases/doc_example_k3/model.keras --plan --device cpu
echo "exit of inspect: \$?"
/bin/golden_cpu /cases --device cpu
echo "exit of golden_cpu: \$?"
/bin/keraunos_unit --gtest_brief=1 --gtest_filter='$suites'
echo "exit of keraunos_unit: \$?"
/bin/busybox sleep 1
/bin/busybox poweroff -f
EOF
chmod +x "$work/guest/init"
(cd "$work/guest" && find . | cpio -o -H newc --quiet) >"$work/disk/initrd"
cp "$work"/kernel/boot/vmlinuz-* "$work/disk/vmlinuz"
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$work/disk"
# Bochs 2.7 gives a wrong size for the compacted areas of XSAVEC and XSAVES, for which Linux would disable AVX.
printf 'DEFAULT check\nLABEL check\n KERNEL vmlinuz\n APPEND initrd=initrd console=ttyS0 quiet mitigations=off clearcpuid=xsaves,xsavec panic=-1\n' >"$work/disk/isolinux.cfg"
xorriso -report_about FAILURE -as mkisofs -quiet -o "$work/disk.iso" -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table "$work/disk" 2>/dev/null

cat >"$work/bochsrc" <<EOF
cpu: model=corei7_skylake_x, ips=50000000
memory: guest=1024, host=1024
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
ata0-master: type=cdrom, path=$work/disk.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$work/serial.txt
display_library: rfb, options="timeout=0"
sound: waveoutdrv=dummy
log: $work/bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
clock: sync=none
EOF
# Debian's Bochs starts in its debugger: continue, and quit when the machine has shut down.
printf 'continue\nquit\n' >"$work/debugger"
touch "$work/serial.txt"
timeout 2h nice bochs-bin -q -f "$work/bochsrc" -rc "$work/debugger" </dev/null >"$work/terminal.txt" 2>&1 &
bochs=$!
trap 'kill $bochs 2>/dev/null || true' EXIT
tail -f --pid=$bochs "$work/serial.txt"

failed=0
must() { # text, what it means
  if grep -q "$1" "$work/serial.txt"; then echo "yes: $2"; else echo "NO:  $2"; failed=1; fi
}
must ', avx512, ' "the table in use is avx512"
must 'exit of golden_cpu: 0' "every recorded case passed"
must 'exit of keraunos_unit: 0' "the CPU kernels' unit tests passed"
exit $failed
