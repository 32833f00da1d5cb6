# shellcheck shell=bash
# Sourced by the other scripts: which Rust builds the firmware, where the results go, and what to say when a tool is
# missing. Sets CARGO, RUSTC, RUSTDOC, CARGO_TARGET_DIR and UEFI_TARGET.

firmware=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Outside the checkout, so that a fresh clone builds warm and a read-only one builds at all.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/bootfarm/firmware-target}

UEFI_TARGET=$firmware/targets/x86_64-unknown-windows.json

# What builds a crate for UEFI: the standard library is compiled along, with memcpy and its like.
# shellcheck disable=SC2034 # used by who sources this
for_uefi=(--target "$UEFI_TARGET" -Zjson-target-spec
    -Zbuild-std=core,alloc,compiler_builtins -Zbuild-std-features=compiler-builtins-mem)

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# need TOOL PACKAGE: ends with a sentence unless the tool is there.
need() {
    command -v "$1" >/dev/null || die "$1 is missing; install it with: apt-get install --no-install-recommends $2"
}

# The standard library is built from source for UEFI and for the guests, so the toolchain must have that source.
use_rustup_nightly() {
    command -v rustup >/dev/null || return 1
    local sysroot
    sysroot=$(rustup run nightly rustc --print sysroot 2>/dev/null) || return 1
    [ -d "$sysroot/lib/rustlib/src/rust/library" ] || return 1
    CARGO=$sysroot/bin/cargo RUSTC=$sysroot/bin/rustc RUSTDOC=$sysroot/bin/rustdoc
    echo "toolchain: rustup nightly ($("$RUSTC" --version))" >&2
}

# A stable compiler that is allowed nightly flags. Full paths, since rustup shadows these commands where it is
# installed. Debian's unversioned linker is years older than this LLVM and lacks symbols that guests need, so the
# linker is the one of the compiler's own LLVM.
use_debian() {
    CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc
    [ -x $CARGO ] && [ -x $RUSTC ] && [ -d /usr/lib/rustlib/src/rust/library ] ||
        die "no Rust with its library source; install it with:" \
            "apt-get install --no-install-recommends cargo-web rustc-web rust-web-src lld-22" \
            "(or with rustup: rustup toolchain install nightly --component rust-src)"
    local llvm
    llvm=$($RUSTC --version --verbose | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    need "lld-link-$llvm" "lld-$llvm"
    need "wasm-ld-$llvm" "lld-$llvm"
    export RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_X86_64_UNKNOWN_WINDOWS_LINKER=lld-link-$llvm
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-$llvm
    echo "toolchain: Debian ($($RUSTC --version))" >&2
}

choose_toolchain() {
    use_rustup_nightly || use_debian
    need cc gcc
    # 64 by 64 to 128 bit multiplication in one instruction, which the runtime offers: what elliptic curves live on.
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=-Ctarget-feature=+wide-arithmetic
    export CARGO RUSTC RUSTDOC
}
