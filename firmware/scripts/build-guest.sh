#!/usr/bin/env bash
# Builds a guest of one's own.
set -euo pipefail

usage() {
    cat <<'EOT'
usage: build-guest.sh [--offline] FOLDER

Builds the Cargo package in FOLDER for WebAssembly, as docs/components.md
describes it, and prints where the module is: a file for WASM= of run-qemu.sh.

  --offline   use no network
  -h, --help  print this text
EOT
}

# shellcheck source=toolchain.sh
. "$(dirname "${BASH_SOURCE[0]}")/toolchain.sh"

network=() folder=
while [ $# -gt 0 ]; do
    case $1 in
    --offline) network=(--offline) ;;
    -h | --help) usage; exit ;;
    -*) usage >&2; exit 2 ;;
    *) [ -z "$folder" ] || { usage >&2; exit 2; }; folder=$1 ;;
    esac
    shift
done
[ -n "$folder" ] || { usage >&2; exit 2; }
[ -f "$folder/Cargo.toml" ] || die "there is no $folder/Cargo.toml"

choose_toolchain
# Inside the folder, so that its own Cargo settings hold.
cd "$folder"
messages=$("$CARGO" build "${network[@]}" --release --target wasm32-unknown-unknown -Zbuild-std=core,alloc \
    --message-format=json-render-diagnostics)
module=$(grep -o '"filenames":\["[^"]*\.wasm"' <<<"$messages" | tail -n1 | cut -d'"' -f4) || true
[ -n "$module" ] || die "$folder built, but made no .wasm: its Cargo.toml needs crate-type = [\"cdylib\"]"
echo "$module"
