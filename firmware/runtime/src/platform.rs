//! The platform symbols that wasmtime asks for when built without `std`.
//!
//! With no virtual memory, no signals and no threads there are two: a thread-local pointer's getter and setter.
//! `aot-compile` builds this crate together with `std`; the symbols are then merely unused.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// Slot 0 is the runtime's own, slot 1 belongs to the asynchronous component model, which is off but costs nothing here.
static SLOTS: [AtomicPtr<u8>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];

/// wasmtime's name for reading its thread-local pointer. Boot services run one processor, so a static is enough.
#[unsafe(no_mangle)]
extern "C" fn wasmtime_tls_get(slot: usize) -> *mut u8 {
    SLOTS[slot].load(Ordering::Relaxed)
}

/// wasmtime's name for writing its thread-local pointer.
#[unsafe(no_mangle)]
extern "C" fn wasmtime_tls_set(slot: usize, value: *mut u8) {
    SLOTS[slot].store(value, Ordering::Relaxed);
}
