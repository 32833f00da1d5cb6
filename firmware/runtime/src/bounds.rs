//! Bounds on a guest: how long it may run and how much memory it may take.

use wasmtime::{Engine, Result, Store, StoreLimits, StoreLimitsBuilder};

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
#[derive(Debug)]
pub struct Bounded<T> {
    /// The host side of the guest's imports.
    pub host: T,
    limits: StoreLimits,
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
    let mut store = Store::new(engine, Bounded { host, limits: store_limits });
    store.limiter(|data| &mut data.limits);
    store.set_fuel(limits.fuel)?;
    Ok(store)
}
