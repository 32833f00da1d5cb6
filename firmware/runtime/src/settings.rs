//! The engine settings, owned by one function for both sides.

use crate::Tier;
use wasmtime::{Config, Result, WasmBacktraceDetails};

/// Bytes of stack that a guest's own frames may take, in either tier. Deeper recursion is a trap.
pub(crate) const GUEST_FRAMES: usize = 512 << 10;

/// The settings with which a tier's artifacts are compiled and run.
///
/// wasmtime records most of these in the artifact and refuses it where they differ, so the compiler and the firmware
/// both call this function; what the firmware adds is where native code may lie, which changes no artifact.
///
/// # Errors
/// When wasmtime was built without the tier.
pub fn settings(tier: Tier) -> Result<Config> {
    let mut config = Config::new();
    config.target(tier.target())?;

    // Firmware has no virtual memory to reserve, guard or map copy-on-write, and no signals: linear memories are
    // plain allocations and every bound is checked by the code itself.
    config.memory_reservation(0);
    config.memory_guard_size(0);
    config.memory_init_cow(false);
    config.signals_based_traps(false);
    // The default is 2 GiB, and without virtual memory it would really be allocated.
    config.memory_reservation_for_growth(0);

    // The runtime side is built without these parts of wasmtime; the compiler must not count on them.
    config.concurrency_support(false);
    config.gc_support(false);

    // 64 by 64 to 128 bit multiplication in one instruction: what elliptic curves spend their time on.
    config.wasm_wide_arithmetic(true);

    // The only bound on time that needs neither threads nor a timer.
    config.consume_fuel(true);

    // Pulley allocates a stack of this size for its guest, native code checks against it.
    config.max_wasm_stack(GUEST_FRAMES);

    // No symbolisation on firmware: the address map would be dead weight in the image. Set outright, since the
    // compiler side would otherwise ask the environment of whoever runs it.
    config.generate_address_map(false);
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::Engine;

    #[test]
    fn an_engine_accepts_the_settings_of_each_tier() {
        for tier in Tier::ALL {
            let engine = Engine::new(&settings(tier).unwrap()).unwrap();
            assert_eq!(engine.is_pulley(), tier == Tier::Pulley);
        }
    }
}
