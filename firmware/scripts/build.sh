#!/usr/bin/env bash
# Builds the applications: the compiler for guests, the guests, their artifacts, the applications around them.
set -euo pipefail

usage() {
    cat <<'EOF'
usage: [PROFILE=release|debug] [TPM_COMPONENT=FILE] build.sh [--offline] [--out DIR]

Builds uefi-wasmtime.efi and citadel-attest.efi and prints where they are.
PROFILE=debug is for quick changes to the applications; its interpreter is
several times slower.

TPM_COMPONENT=FILE embeds another TPM: any component of a world of wit/tpm.

  --offline   use no network; dependencies were fetched before (see README.md)
  --out DIR   also copy the applications to DIR
  -h, --help  print this text

CARGO_TARGET_DIR says where to build; when unset it is
${XDG_CACHE_HOME:-$HOME/.cache}/bootfarm/firmware-target. The checkout is only read.
EOF
}

# shellcheck source=toolchain.sh
. "$(dirname "${BASH_SOURCE[0]}")/toolchain.sh"

network=() out=
while [ $# -gt 0 ]; do
    case $1 in
    --offline) network=(--offline) ;;
    --out) out=${2:?--out needs a folder}; shift ;;
    -h | --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

case ${PROFILE:=release} in
release) profile=release ;;
debug) profile=dev ;;
*) die "PROFILE is release or debug, not $PROFILE" ;;
esac

choose_toolchain
tpm=${TPM_COMPONENT-}
[ -z "$tpm" ] || tpm=$(realpath -e "$tpm") || die "TPM_COMPONENT names no file"
[ -z "$out" ] || out=$(mkdir -p "$out" && cd "$out" && pwd)
cd "$firmware"

build() {
    "$CARGO" build --locked "${network[@]}" "$@"
}

# In the profile that cargo builds procedural macros with, so that the parsers they share are built once: the whole
# build is a minute shorter than with an optimised compiler, which would save half a second per guest.
CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 build --release -p aot-compile \
    -p image-digest
# The guests are always optimised: what a debug build is for is the application.
build --release -p add-module -p uefi-demo-component \
    --target wasm32-unknown-unknown -Zbuild-std=core,alloc

guests=$CARGO_TARGET_DIR/wasm32-unknown-unknown/release
artifacts=$CARGO_TARGET_DIR/artifacts
mkdir -p "$artifacts"

# embed NAME WASM: makes a guest's artifact for each tier, and exports where they are as NAME_PULLEY and NAME_NATIVE,
# for `guest!("NAME")` to find. Leaves an artifact that is already right untouched, so that cargo sees no change.
embed() {
    local name=$1 wasm=$2 target file
    for target in pulley64 native; do
        file=$artifacts/${name,,}.$target.cwasm
        "$CARGO_TARGET_DIR/release/aot-compile" "$wasm" "$file.new" $target
        if cmp -s "$file.new" "$file"; then rm "$file.new"; else mv "$file.new" "$file"; fi
    done
    export "${name}_PULLEY=$artifacts/${name,,}.pulley64.cwasm" "${name}_NATIVE=$artifacts/${name,,}.native.cwasm"
}
embed ADD "$guests/add_module.wasm"
embed DEMO "$guests/uefi_demo_component.wasm"
if [ -z "$tpm" ]; then
    "$firmware/scripts/build-tpm.sh" "${network[@]}" >/dev/null
    tpm=$artifacts/ephemeral-tpm.wasm
fi
# Names of exports stand in a component as they are, so what lacks this one cannot be a TPM. What has it and still is
# none is told so at boot.
process=tegmentum:tpm/commands@0.1.0
grep -aqF "$process" "$tpm" || die "TPM_COMPONENT=$tpm is no TPM: it does not export $process"
embed TPM "$tpm"

build --profile "$profile" -p uefi-wasmtime -p citadel-attest "${for_uefi[@]}"

efi=$CARGO_TARGET_DIR/x86_64-unknown-windows/$PROFILE
if [ -n "$out" ]; then
    cp "$efi/uefi-wasmtime.efi" "$efi/citadel-attest.efi" "$out"
    efi=$out
fi
echo "$efi/uefi-wasmtime.efi"
echo "$efi/citadel-attest.efi"
