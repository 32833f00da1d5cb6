//! The last words of a program that found a bug in itself.

use crate::finish::switch_off;
use crate::say;
use core::panic::PanicInfo;
use uefi::Status;

/// Prints a line that begins with PANIC, for the farm to know the cause by, and switches the machine off.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    say!();
    match info.location() {
        Some(place) => say!("PANIC at {}:{}: {}", place.file(), place.line(), info.message()),
        None => say!("PANIC: {}", info.message()),
    }
    switch_off(Status::ABORTED)
}
