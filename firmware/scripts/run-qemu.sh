#!/usr/bin/env bash
# Boots an EFI application in QEMU with OVMF.
set -euo pipefail

usage() {
    cat <<'EOF'
usage: [EFI=FILE] [WASM=FILES | STAGE=FILE] [GRANTS=WORDS] [INPUT=FILE]
       [FILES=FOLDER] [TIER=native|pulley] [PROFILE=release|debug]
       [MEMORY=SIZE] [CPU=MODEL] [RNG=1] [NONCE=FILE] [MEDIUM=FILE]
       [READONLY=1] [PXE=1] [TPM=FOLDER] run-qemu.sh

Boots an EFI application in QEMU with OVMF, its console on standard output, and
ends when the machine powers off. Build first, with build.sh.

  EFI=FILE      the application; default: the uefi-wasmtime.efi of build.sh
  WASM=FILES    a core module or component: compiled for the tier, then staged
                as \guest.wasm; more of them, after colons, as \guest-2.wasm
                and so on, 15 at most
  STAGE=FILE    staged as \guest.wasm just as it is
  GRANTS=WORDS  staged as \guest.grants: what guests may do, of
                write-variables, load-images, reset; default: none of it
  INPUT=FILE    typed on the machine's console; default: nothing
  FILES=FOLDER  what is in it goes to the root of the boot medium as well
  TIER=...      how guests are executed, asked for by \tier.txt; without it
                natively where the firmware allows it, as it does here
  PROFILE=...   which build the default EFI is of; default: release
  MEMORY=SIZE   of the machine, in QEMU's notation; default: 256M
  CPU=MODEL     in QEMU's notation; default: max
  RNG=1         a device from which the firmware makes EFI_RNG
  NONCE=FILE    staged as \citadel-nonce.bin
  MEDIUM=FILE   the boot medium, kept with what the application wrote to it; when
                it is there already, it is booted as it is and nothing staged
  READONLY=1    the machine cannot write to the medium
  TPM=FOLDER    a TPM of the machine's own: swtpm, whose state is kept in it
  PXE=1         boot over the network instead; only the nonce is staged, for TFTP
  -h, --help    print this text
EOF
}

# shellcheck source=toolchain.sh
. "$(dirname "${BASH_SOURCE[0]}")/toolchain.sh"

case ${1-} in
'') ;;
-h | --help) usage; exit ;;
*) usage >&2; exit 2 ;;
esac

case ${TIER-} in
'' | native) target=native ;;
pulley) target=pulley64 ;;
*) die "TIER is native or pulley, not $TIER" ;;
esac

efi=${EFI:-$CARGO_TARGET_DIR/x86_64-unknown-windows/${PROFILE:-release}/uefi-wasmtime.efi}
ovmf=/usr/share/OVMF
need qemu-system-x86_64 qemu-system-x86
need mcopy mtools
[ -f $ovmf/OVMF_CODE_4M.fd ] || die "OVMF is missing; install it with: apt-get install --no-install-recommends ovmf"
[ -f "$efi" ] || die "there is no $efi; build it with $firmware/scripts/build.sh, or name another with EFI="

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

guests=()
[ -z "${STAGE-}" ] || guests=("$STAGE")
if [ -n "${WASM-}" ]; then
    compiler=$CARGO_TARGET_DIR/release/aot-compile
    [ -x "$compiler" ] || die "there is no $compiler; build it with $firmware/scripts/build.sh"
    IFS=: read -ra wasm <<<"$WASM"
    for module in "${wasm[@]}"; do
        guests+=("$work/${#guests[@]}.cwasm")
        "$compiler" "$module" "${guests[-1]}" $target
    done
fi
megabytes=128
for guest in "${guests[@]}"; do
    [ -f "$guest" ] || die "there is no $guest to stage"
    megabytes=$((megabytes + $(stat -L -c %s "$guest") / 1048576))
done

# A boot medium without a partition table: firmware takes that for removable, and boots its fallback path.
truncate -s "${megabytes}M" "$work/esp.img"
mformat -i "$work/esp.img" -F ::
mmd -i "$work/esp.img" ::/EFI ::/EFI/BOOT
mcopy -i "$work/esp.img" "$efi" ::/EFI/BOOT/BOOTX64.EFI
name=guest.wasm number=1
for guest in "${guests[@]}"; do
    mcopy -i "$work/esp.img" "$guest" "::/$name"
    number=$((number + 1)) name=guest-$number.wasm
done
[ -z "${GRANTS-}" ] || mcopy -i "$work/esp.img" - ::/guest.grants <<<"$GRANTS"
[ -z "${FILES-}" ] || mcopy -s -i "$work/esp.img" "$FILES"/* ::/
[ -z "${TIER-}" ] || echo "$TIER" | mcopy -i "$work/esp.img" - ::/tier.txt
[ -z "${NONCE-}" ] || mcopy -i "$work/esp.img" "$NONCE" ::/citadel-nonce.bin
medium=${MEDIUM:-$work/esp.img}
[ -e "$medium" ] || mv "$work/esp.img" "$medium"
source=(-drive "if=none,id=esp,format=raw,file=$medium${READONLY:+,readonly=on}" -device virtio-blk-pci,drive=esp)
if [ -n "${PXE-}" ]; then
    mkdir "$work/tftp"
    cp "$efi" "$work/tftp/boot.efi"
    [ -z "${NONCE-}" ] || cp "$NONCE" "$work/tftp/citadel-nonce.bin"
    # QEMU's own network: its DHCP and TFTP servers are inside the process and reach no other.
    source=(-netdev "user,id=net,restrict=on,tftp=$work/tftp,bootfile=boot.efi"
        -device virtio-net-pci,netdev=net,romfile=)
fi
tpm=()
if [ -n "${TPM-}" ]; then
    need swtpm swtpm
    # It ends with QEMU.
    swtpm socket --tpm2 --tpmstate "dir=$TPM" --ctrl "type=unixio,path=$work/tpm" --terminate --daemon
    tpm=(-chardev "socket,id=tpm,path=$work/tpm" -tpmdev emulator,id=tpm0,chardev=tpm -device tpm-crb,tpmdev=tpm0)
fi
# Firmware writes its variables: each boot begins with fresh ones.
cp $ovmf/OVMF_VARS_4M.fd "$work/vars.fd"

# No device that the application does not use: each costs firmware time to look for.
qemu-system-x86_64 -machine q35 -cpu "${CPU:-max}" -m "${MEMORY:-256M}" -nodefaults -display none -no-reboot \
    -drive if=pflash,format=raw,unit=0,readonly=on,file=$ovmf/OVMF_CODE_4M.fd \
    -drive if=pflash,format=raw,unit=1,file="$work/vars.fd" \
    "${source[@]}" "${tpm[@]}" ${RNG:+-device virtio-rng-pci} \
    -serial stdio <"${INPUT:-/dev/null}"
