#!/usr/bin/env bash
# Boots a guest for each interface of tegmentum:uefi, and compares what they say with what the interfaces promise.
set -euo pipefail

usage() {
    cat <<'EOT'
usage: test-interfaces.sh [--offline]

Builds the firmware and the guests of components/interface-guests, and boots
them in QEMU: all with nothing granted, some with everything granted, and one
whose import does not exist. Ends with an error and a sentence at the first
thing that is not as promised.

  --offline   build without the network
  -h, --help  print this text
EOT
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

"$scripts/build.sh" "$@"
choose_toolchain
(cd "$firmware" && "$CARGO" build --locked "$@" --release -p interface-guests --examples \
    --target wasm32-unknown-unknown -Zbuild-std=core,alloc)

# guests NAME...: these guests, as WASM= takes them.
guests() {
    local list
    list=$(printf ":$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/examples/%s.wasm" "$@")
    echo "${list#:}"
}

# The keyboard of the first machine: one key, typed once the guest asks for it. The descriptor keeps the pipe open at
# both ends, so that neither waits for the other.
mkfifo "$work/keys"
exec 3<>"$work/keys"
type_when_asked() {
    local tries=0
    until grep -aq 'console: press a key' "$log" 2>/dev/null; do
        [ $((tries += 1)) -lt 1000 ] || return
        sleep 0.1
    done
    printf 'k' >&3
}

type_when_asked &
# The guest for memory twice: the second finds what the first left behind.
boot "all interfaces, nothing granted" INPUT="$work/keys" WASM="$(guests console time memory memory variables \
    filesystem protocols boot system events runtime)"
wait $!
ended='staged: run returned Result\(Ok\(None\)\)'
expect 'console: odd \?\[2J \?\? \? \? end' 'console: too much: invalid-parameter' 'console: press a key' "console: the key was 'k'" "$ended"
expect 'time: 20[0-9]{2}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]' 'time: a wait of 20 ms was at least 10: true' \
    'time: a second at once: allowed' 'time: more than a second: invalid-parameter' "$ended"
memory=(
    'memory: free pages [0-9]{4,}'
    'memory: 2 pages, zeros: true'
    'memory: read back: true'
    'memory: the last byte: allowed'
    'memory: one more: invalid-parameter'
    'memory: far away: invalid-parameter'
    'memory: write one more: invalid-parameter'
    'memory: no pages: invalid-parameter'
    'memory: all there are: out-of-resources'
    'memory: beyond the limit: out-of-resources'
    'memory: after giving two back: allowed'
)
expect "${memory[@]}" "$ended" "${memory[@]}" "$ended"
mapfile -t free < <(tr -d '\r' <"$log" | sed -n 's/^memory: free pages //p')
# The first run leaves 4,000 pages to the host; what else firmware allocates in between is far less.
[ $((free[0] - free[1])) -lt 1000 ] || fail "the second guest finds $((free[0] - free[1])) pages fewer than the first"
variables=(
    'variables: PlatformLang has 3 bytes'
    'variables: kept without power: true'
    'variables: in the list: true'
    'variables: no such name: not-found'
    'variables: no name: invalid-parameter'
    'variables: a zero inside: invalid-parameter'
    'variables: no vendor: invalid-parameter'
)
expect "${variables[@]}" 'variables: written: access-denied' "$ended"
expect 'filesystem: before the first file: not-found' 'filesystem: 21 bytes, at 6: true' \
    'filesystem: beyond the end: 0 bytes' 'filesystem: a gap: invalid-parameter' \
    'filesystem: too much at once: invalid-parameter' 'filesystem: report.txt 21 false' \
    'filesystem: writing what was opened to read: access-denied' 'filesystem: a file as a folder: invalid-parameter' \
    'filesystem: "none.txt" allowed' 'filesystem: "none/none.txt" not-found' \
    'filesystem: "../guest.wasm" access-denied' 'filesystem: "..\\\\guest.wasm" access-denied' \
    'filesystem: "\\\\guest.wasm" access-denied' 'filesystem: "/guest.wasm" access-denied' \
    'filesystem: "fs0:\\\\guest.wasm" access-denied' 'filesystem: "a/../../guest.wasm" access-denied' \
    'filesystem: "REPORT~1.TXT" invalid-parameter' 'filesystem: "report.txt." invalid-parameter' \
    'filesystem: "report.txt\\0" invalid-parameter' 'filesystem: "" invalid-parameter' \
    'filesystem: "a{20}" invalid-parameter' 'filesystem: after 15 more: out-of-resources' \
    'filesystem: after 15 MiB: volume-full' "$ended"
expect 'protocols: 1 volume' 'protocols: as located: true' 'protocols: at PciRoot\(0x0\)/Pci\(.+' \
    'protocols: no device: unsupported' "protocols: nobody's: not-found" 'protocols: no protocol: invalid-parameter' \
    "$ended"
expect 'boot: from one of the options: true' 'boot: [0-9A-F]{4} \(true, "UEFI [^"]+", "PciRoot\(0x0\).+"\)' \
    'boot: loaded: access-denied' "$ended"
expect 'system: UEFI 2\.[0-9]+ by .+' 'system: its revision 0x[0-9a-f]+' 'system: has ACPI: true' "$ended"
expect 'events: nothing happens: timeout' 'events: number 1 was signalled' 'events: and no longer is: false' \
    'events: taken: true' 'events: 50 ms took at least 20: true' 'events: once is once: timeout' \
    'events: again and again: 0 0' 'events: off: timeout' 'events: no events: invalid-parameter' \
    'events: too long: invalid-parameter' 'events: after 62 more: out-of-resources' "$ended"
runtime=(
    'runtime: no capsule: invalid-parameter'
    'runtime: reset without persistence: invalid-parameter'
    'runtime: updates(: unsupported| of [0-9]+ bytes)'
    'runtime: reset'
)
expect "${runtime[@]}" 'runtime: reset was access-denied' "$ended" 'uefi-wasmtime: complete'

boot "interfaces under Pulley" TIER=pulley WASM="$(guests time memory filesystem protocols events)"
expect 'time: a wait of 20 ms was at least 10: true' "$ended" "${memory[@]}" "$ended" 'filesystem: 21 bytes, at 6: true' \
    "$ended" 'protocols: as located: true' "$ended" 'events: number 1 was signalled' "$ended" \
    'tier: pulley \(asked for by \\tier.txt\)' 'uefi-wasmtime: complete'

boot "everything granted" GRANTS="write-variables load-images reset" WASM="$(guests variables boot runtime)"
expect 'staged: granted write-variables load-images reset' \
    "${variables[@]}" 'variables: written: allowed' 'variables: read back: true' 'variables: deleted: not-found' \
    'variables: signed: invalid-parameter' 'variables: too large: invalid-parameter' "$ended" \
    'boot: started: aborted' 'boot: started again: already-started' 'boot: no image: (unsupported|load-error)' \
    'boot: never started: allowed' "$ended" "${runtime[@]}"
refuse 'runtime: reset was|complete'

boot "a grant that does not exist" GRANTS="reset everything" WASM="$(guests runtime)"
expect 'uefi-wasmtime: failed \(INVALID_PARAMETER\): \\guest.grants was refused: there is no grant `everything`.+'
refuse 'runtime:|complete'

boot "an interface that does not exist" WASM="$(guests teleport)"
expect "uefi-wasmtime: failed \(ABORTED\): \\\\guest.wasm: the guest cannot be linked: it imports jump of \
tegmentum:uefi/teleport@0\.1\.0, which this host does not offer"
refuse 'complete'

echo "all interfaces are as promised"
