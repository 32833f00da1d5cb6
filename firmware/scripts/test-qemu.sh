#!/usr/bin/env bash
# Smoke test: builds, boots in QEMU, and looks for the lines that the application promises.
set -euo pipefail

usage() {
    cat <<'EOF'
usage: [PROFILE=release|debug] test-qemu.sh [--offline]

Builds the firmware and boots it in QEMU: alone, with a staged core module, with
a staged component, with guests that must be refused or stopped, and then by
test-interfaces.sh. Ends with an error and a sentence at the first thing that
is not as promised.

  --offline   build without the network
  -h, --help  print this text
EOF
}

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=toolchain.sh
. "$scripts/toolchain.sh"

case ${1-} in
'' | --offline) ;;
-h | --help) usage; exit ;;
*) usage >&2; exit 2 ;;
esac

# shellcheck source=boots.sh
. "$scripts/boots.sh"

# (module (func (export "run") (result i32) (i32.const 7)))
printf '\0asm\1\0\0\0\1\5\1\x60\0\1\x7f\3\2\1\0\7\7\1\3run\0\0\xa\6\1\4\0\x41\7\xb' >"$work/seven.wasm"
# (module (func (export "run") (loop (br 0))))
printf '\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\7\7\1\3run\0\0\xa\x9\1\7\0\3\x40\xc\0\xb\xb' >"$work/endless.wasm"
printf 'not an artifact' >"$work/bad.wasm"
: >"$work/empty.bin"
truncate -s 200M "$work/large.bin"

"$scripts/build.sh" "$@"

timings=$(printf 'timing %s [0-9]+ us\n' heap engine core-load core-module component-load component)
mapfile -t timings <<<"$timings"
opening=(
    'uefi-wasmtime [0-9.]+ \(wasmtime 48\.[0-9.]+\)'
    'heap: [0-9]+ bytes ok'
    'core module: add\(20,22\) = 42'
    'demo: hello from a component'
    'demo: the time is 20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8}'
    'demo: asked to wait 2000 us, waited [0-9]+ us'
    'component: run returned U32\(3\)'
)
closing=("${timings[@]}" 'timing total [0-9]+ us' 'tier: pulley' 'uefi-wasmtime: complete')

boot "alone"
expect "${opening[@]}" 'staged: none' "${closing[@]}"

boot "a staged core module" WASM="$work/seven.wasm"
expect "${opening[@]}" 'staged: \\guest.wasm [0-9]+ bytes' 'sha256 [0-9a-f]{64}' \
    'staged: run returned I32\(7\)' "${closing[@]}"

component=$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/uefi_demo_component.wasm
boot "a staged component" WASM="$component"
expect "${opening[@]}" 'sha256 [0-9a-f]{64}' 'demo: hello from a component' \
    'staged: run returned U32\(3\)' "${closing[@]}"

boot "a file that is no artifact" STAGE="$work/bad.wasm"
expect "${opening[@]}" "sha256 $(sha256sum "$work/bad.wasm" | cut -d' ' -f1)" \
    'uefi-wasmtime: failed \(LOAD_ERROR\): \\guest.wasm was refused: .+'
refuse 'complete'

boot "an empty file" STAGE="$work/empty.bin"
expect 'uefi-wasmtime: failed \(LOAD_ERROR\): \\guest.wasm was refused: the file is empty'
refuse 'complete'

boot "a file of 200 MB" STAGE="$work/large.bin"
expect 'uefi-wasmtime: failed \(VOLUME_CORRUPTED\): \\guest.wasm is too large: 209715200 bytes'
refuse 'sha256|complete'

boot "a module that was not compiled" STAGE="$work/seven.wasm"
expect 'uefi-wasmtime: failed \(LOAD_ERROR\): \\guest.wasm was refused: .+ aot-compile'

boot "a guest that never ends" WASM="$work/endless.wasm"
expect 'uefi-wasmtime: failed \(ABORTED\): the guest was stopped: .*fuel.*'
refuse 'complete'

"$scripts/test-interfaces.sh" "$@"

echo "all boots were as promised"
