//! Bounds on a guest: how long it may run and how much memory it may take.

use crate::host_time::HostTime;
use core::time::Duration;
use wasmtime::{Engine, Result, Store, StoreLimits, StoreLimitsBuilder};

/// Bytes that one call may hand from a guest to the host: every list and string of its arguments is copied, and a guest
/// can name its whole memory in each. Enough for an EFI image.
const BYTES_PER_CALL: usize = 8 << 20;

/// How much a guest may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Units of fuel; wasmtime takes about one per WebAssembly instruction.
    pub fuel: u64,
    /// Bytes of each linear memory.
    pub memory_bytes: usize,
    /// Elements of each table.
    pub table_elements: usize,
}

impl Default for Limits {
    /// Enough for any guest that this project ships, and an end within about 40 s where QEMU emulates the processor.
    fn default() -> Self {
        Self { fuel: 500_000_000, memory_bytes: 64 << 20, table_elements: 100_000 }
    }
}

/// What a bounded store holds: the host's own data, and the limits that wasmtime asks on every growth.
pub struct Bounded<T> {
    /// The host side of the guest's imports.
    pub host: T,
    limits: StoreLimits,
    host_time: Option<HostTime>,
}

/// A store whose guest runs out of fuel and memory where `limits` say.
///
/// # Errors
/// When memory for the store cannot be allocated, or the engine was not made from [`crate::settings`].
pub fn bounded_store<T: 'static>(engine: &Engine, host: T, limits: Limits) -> Result<Store<Bounded<T>>> {
    // The numbers of memories and tables bound the total: a component holds one core instance per part it was
    // composed of, and four memories are more than any toolchain emits today.
    let store_limits = StoreLimitsBuilder::new()
        .memory_size(limits.memory_bytes)
        .table_elements(limits.table_elements)
        .memories(4)
        .tables(16)
        .instances(64)
        .build();
    let mut store = Store::new(engine, Bounded { host, limits: store_limits, host_time: None });
    store.limiter(|data| &mut data.limits);
    store.call_hook(|mut store, transition| {
        store.data_mut().host_time.as_mut().map_or(Ok(()), |t| t.follow(transition))
    });
    store.set_hostcall_fuel(BYTES_PER_CALL);
    store.set_fuel(limits.fuel)?;
    Ok(store)
}

/// Ends the guest once the host has been busy for `limit` on its behalf, by `clock`, which never goes back. A single
/// host function is not interrupted.
pub fn limit_host_time<T>(store: &mut Store<Bounded<T>>, limit: Duration, clock: impl Fn() -> Duration + 'static) {
    store.data_mut().host_time = Some(HostTime::new(limit, clock));
}
