#!/usr/bin/env bash
# Smoke test: builds, boots in QEMU, and looks for the lines that the application promises.
set -euo pipefail

usage() {
    cat <<'EOF'
usage: [PROFILE=release|debug] test-qemu.sh [--offline]

Builds the firmware and boots it in QEMU, in both tiers: with and without a
staged guest, with guests that must be refused or stopped, and then by
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
# (module (func (export "run") (loop (drop (i32.const 0)) ... (br 0)))), a thousand times in a loop: it costs fuel, and
# hardly time, which an emulated interpreter has little of.
{
    printf '\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\7\7\1\3run\0\0\xa\xc2\x17\1\xbf\x17\0\3\x40'
    printf '\x41\0\x1a%.0s' {1..1000}
    printf '\xc\0\xb\xb'
} >"$work/endless.wasm"
# (module (func $f (export "run") (call $f)))
printf '\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\7\7\1\3run\0\0\xa\6\1\4\0\x10\0\xb' >"$work/deep.wasm"
printf 'not an artifact' >"$work/bad.wasm"
: >"$work/empty.bin"
truncate -s 200M "$work/large.bin"

choose_toolchain
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
    'image: [0-9]+ bytes at 0x[0-9a-f]+, sha256 [0-9a-f]{64}'
    'tpm: Startup rc=0'
    'tpm: Quote of sha256:10, 129 bytes, signature [0-9]+ bytes'
)
closing=("${timings[@]}" 'timing total [0-9]+ us')
complete='uefi-wasmtime: complete'
native='tier: native \(the firmware gives executable pages\)'
pulley='tier: pulley \(asked for by \\tier.txt\)'

boot "alone"
expect "${opening[@]}" 'staged: none' "${closing[@]}" "$native" "$complete"

expect 'tpm: random numbers from RD(SEED|RAND)' 'tpm: Startup rc=0'
refuse 'warning'

boot "firmware with EFI_RNG" RNG=1
expect 'tpm: random numbers from EFI_RNG' 'tpm: Startup rc=0' "$complete"
refuse 'warning'

boot "a machine without a source of randomness" CPU=max,-rdseed,-rdrand
expect 'warning: no EFI_RNG, RDSEED or RDRAND: random numbers here can be guessed' \
    'tpm: random numbers from the time stamp counter' 'tpm: Startup rc=0' "$complete"

component=$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/uefi_demo_component.wasm
boot "a staged component" WASM="$component" TIER=native
expect "${opening[@]}" 'staged: \\guest.wasm [0-9]+ bytes' 'sha256 [0-9a-f]{64}' 'demo: hello from a component' \
    'staged: run returned U32\(3\)' "${closing[@]}" "$native" "$complete"

boot "a staged core module and a component under Pulley" WASM="$work/seven.wasm:$component" TIER=pulley
expect "${opening[@]}" 'staged: \\guest.wasm [0-9]+ bytes' 'sha256 [0-9a-f]{64}' \
    'staged: \\guest-2.wasm [0-9]+ bytes' 'sha256 [0-9a-f]{64}' 'staged: run returned I32\(7\)' \
    'demo: hello from a component' 'staged: run returned U32\(3\)' "${closing[@]}" "$pulley" "$complete"

for tier in native pulley; do
    boot "a guest that never ends, $tier" WASM="$work/endless.wasm" TIER=$tier
    expect "${!tier}" 'uefi-wasmtime: failed \(ABORTED\): \\guest.wasm: the guest was stopped: .*fuel.*'
    refuse 'complete'

    boot "a second guest that recurses without end, $tier" WASM="$work/seven.wasm:$work/deep.wasm" TIER=$tier
    expect 'staged: run returned I32\(7\)' "${!tier}" \
        'uefi-wasmtime: failed \(ABORTED\): \\guest-2.wasm: the guest was stopped: .*stack.*'
    refuse 'complete'
done

refused='uefi-wasmtime: failed \(LOAD_ERROR\): \\guest.wasm was refused: '
boot "a file that is no artifact" STAGE="$work/bad.wasm"
expect "${opening[@]}" "sha256 $(sha256sum "$work/bad.wasm" | cut -d' ' -f1)" "$native" "$refused.+"
refuse 'complete'

boot "an empty file" STAGE="$work/empty.bin"
expect "${refused}the file is empty"
refuse 'complete'

boot "a file of 200 MB" STAGE="$work/large.bin"
expect 'uefi-wasmtime: failed \(VOLUME_CORRUPTED\): \\guest.wasm is too large: 209715200 bytes'
refuse '^sha256|complete'

boot "one guest too many" WASM="$(printf ":$work/seven.wasm%.0s" {1..16} | cut -c2-)"
expect 'uefi-wasmtime: failed \(INVALID_PARAMETER\): \\guest-16.wasm is one guest too many: at most 15 can be staged'
refuse 'run returned I32|complete'

artifact=$CARGO_TARGET_DIR/artifacts/demo.native.cwasm
boot "an artifact for the other tier" STAGE="$artifact" TIER=pulley
expect "$pulley" "$refused.* tier native .* tier pulley"

# One bit of the machine code, which is what wasmtime itself would not notice.
cp "$artifact" "$work/flipped.cwasm"
flip "$work/flipped.cwasm" 5000
boot "an artifact with one bit flipped" STAGE="$work/flipped.cwasm"
expect "$native" "$refused.*damaged.*"

mkdir "$work/odd"
echo fast >"$work/odd/tier.txt"
boot "a tier that there is not" FILES="$work/odd"
expect 'uefi-wasmtime: failed \(INVALID_PARAMETER\): \\tier.txt must say pulley or native'

# Firmware with the Memory Attribute Protocol: pages are written first, then made executable and read-only.
case ${PROFILE:-release} in release) profile=release ;; *) profile=dev ;; esac
(cd "$firmware" && "$CARGO" build --locked "$@" --profile $profile -p strict-firmware "${for_uefi[@]}")
built=$CARGO_TARGET_DIR/x86_64-unknown-windows/${PROFILE:-release}
mkdir "$work/medium"
cp "$built/uefi-wasmtime.efi" "$work/medium/application.efi"

boot "firmware that protects memory" EFI="$built/strict-firmware.efi" FILES="$work/medium"
writable=('attributes: [0-9]+ bytes: set .*EXECUTE_PROTECT.*' 'attributes: [0-9]+ bytes: clear .*READ_ONLY.*')
executable=('attributes: [0-9]+ bytes: set .*READ_ONLY.*' 'attributes: [0-9]+ bytes: clear .*EXECUTE_PROTECT.*')
expect "${writable[@]}" "${executable[@]}" "${writable[@]}" "${executable[@]}" 'core module: add\(20,22\) = 42' \
    "${writable[@]}" "${executable[@]}" 'component: run returned U32\(3\)' "$native" "$complete"

touch "$work/medium/refuse.txt"
boot "firmware that refuses executable pages" EFI="$built/strict-firmware.efi" FILES="$work/medium"
expect 'core module: add\(20,22\) = 42' 'component: run returned U32\(3\)' \
    'tier: pulley \(the firmware refused executable pages: ACCESS_DENIED\)' "$complete"

citadel=$built/citadel-attest.efi
digest=$("$CARGO_TARGET_DIR/release/image-digest" "$citadel" | cut -d' ' -f1)
measured="image: [0-9]+ bytes at 0x[0-9a-f]+, sha256 $digest"
printf 0123456789abcdef >"$work/nonce"
attested=('tpm: Startup rc=0' 'tpm: Quote of sha256:10, 129 bytes, signature [0-9]+ bytes'
    '[-]--BEGIN CITADEL-ATTEST---' '[-]--END CITADEL-ATTEST---')
evidenced=('timing attest [0-9]+ us' 'timing total [0-9]+ us')
for tier in native pulley; do
    boot "citadel-attest, $tier" EFI="$citadel" NONCE="$work/nonce" TIER=$tier
    expect "$measured" 'nonce: 16 bytes from \\citadel-nonce.bin' 'staged: none' "${attested[@]}" \
        'evidence: [0-9]+ bytes in \\citadel-attest.bin' "${evidenced[@]}" "tier: $tier .+" 'citadel-attest: complete'
done

boot "citadel-attest by PXE, with a staged nonce" EFI="$citadel" NONCE="$work/nonce" PXE=1
expect "$measured" 'nonce: 16 bytes from citadel-nonce.bin at 10\.0\.2\.2' "${attested[@]}" \
    'evidence: on the console only, .+' "${evidenced[@]}" 'citadel-attest: complete'

boot "citadel-attest without a nonce" EFI="$citadel"
expect "$measured" 'nonce: none, so this evidence is unbound: .+' "${attested[@]}" 'citadel-attest: complete'

"$scripts/test-interfaces.sh" "$@"

echo "all boots were as promised"
