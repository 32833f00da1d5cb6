# shellcheck shell=bash
# Sourced by the tests, after toolchain.sh: boots a machine, and compares what its console says with what was promised.

# Seconds until a machine that has not powered off counts as hung: far more than a boot takes under emulation.
limit=300
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/console

# boot WHAT [VARIABLE=VALUE...]: boots with these settings and keeps the console in $log.
boot() {
    what=$1
    shift
    local start=$SECONDS code=0
    env "$@" timeout "$limit" "$firmware/scripts/run-qemu.sh" >"$log" || code=$?
    [ "$code" != 124 ] || fail "the machine did not power off within $limit s"
    [ "$code" = 0 ] || fail "QEMU ended with status $code"
    ! grep -aq '^PANIC' "$log" || fail "the application panicked"
    echo "$what: powered off after $((SECONDS - start)) s"
}

# expect PATTERN...: each is an extended regular expression that some whole line must match, after the one before.
expect() {
    local pattern from=1 line
    for pattern in "$@"; do
        line=$(tr -d '\r' <"$log" | tail -n "+$from" | grep -anEx -m1 "$pattern" | cut -d: -f1) || true
        [ -n "$line" ] || fail "no line matches \`$pattern\`"
        from=$((from + line))
    done
}

refuse() {
    ! tr -d '\r' <"$log" | grep -aqE "$1" || fail "a line matches \`$1\` and none may"
}

# flip FILE OFFSET: flips the lowest bit of a byte.
flip() {
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    printf '%b' "\\$(printf '%03o' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

fail() {
    echo "the console was:" >&2
    tr -d '\r' <"$log" >&2
    die "$what: $*"
}
