#!/usr/bin/env bash
# Builds components/tpm for both worlds of wit/tpm.
set -euo pipefail

usage() {
    cat <<'EOF'
usage: build-tpm.sh [--offline]

Builds this project's TPM as a WebAssembly module with the description of its
world, once for each world of wit/tpm: ephemeral-tpm.wasm, which build.sh
embeds, and software-tpm.wasm, which keeps its state through its host. Prints
the folder where they are. The tests of tools/engine-transport need both.

  --offline   use no network; dependencies were fetched before (see README.md)
  -h, --help  print this text
EOF
}

# shellcheck source=toolchain.sh
. "$(dirname "${BASH_SOURCE[0]}")/toolchain.sh"

network=()
case ${1-} in
'') ;;
--offline) network=(--offline) ;;
-h | --help) usage; exit ;;
*) usage >&2; exit 2 ;;
esac

choose_toolchain
cd "$firmware"
artifacts=$CARGO_TARGET_DIR/artifacts
mkdir -p "$artifacts"

# world NAME [OPTION...]: one crate with a feature, so both come out under the same name.
world() {
    local name=$1
    shift
    "$CARGO" build --locked "${network[@]}" --release -p tpm-component "$@" \
        --target wasm32-unknown-unknown -Zbuild-std=core,alloc
    cp "$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/tpm_component.wasm" "$artifacts/$name.wasm"
}
world software-tpm --features software-tpm
world ephemeral-tpm
echo "$artifacts"
