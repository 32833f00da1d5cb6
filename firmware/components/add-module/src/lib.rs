//! The smallest guest: a core module, not a component, with one exported function. It proves the runtime before
//! anything of the component model is involved.
#![no_std]

/// Adds, and wraps around where the sum does not fit.
#[unsafe(no_mangle)]
pub extern "C" fn add(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
