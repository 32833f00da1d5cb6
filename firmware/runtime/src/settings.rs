//! The engine settings, owned by one function for both sides.

use wasmtime::{Config, Result, WasmBacktraceDetails};

/// The settings with which artifacts are compiled and run.
///
/// wasmtime records most of these in the artifact and refuses it where they differ, so the compiler and the firmware
/// both call this function and add nothing of their own.
///
/// # Errors
/// When wasmtime was built without the Pulley interpreter.
pub fn settings() -> Result<Config> {
    let mut config = Config::new();
    config.target("pulley64")?;

    // Firmware has no virtual memory to reserve, guard or map copy-on-write, and no signals: linear memories are
    // plain allocations and every bound is checked by the interpreter.
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
    fn an_engine_accepts_the_settings() {
        let engine = Engine::new(&settings().unwrap()).unwrap();
        assert!(engine.is_pulley());
    }
}
