//! Bounds on a guest: how long it may run, how much memory it may take, how deep it may call.

use crate::host_time::HostTime;
use crate::stack::{GuestStack, StackError, depth};
use core::time::Duration;
use wasmtime::{CallHook, Engine, Result, Store, StoreLimits, StoreLimitsBuilder};

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
    /// Taken for as long as the guest runs.
    stack: Option<GuestStack>,
    /// The stack's, so that it is known while the stack is taken.
    floor: usize,
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
    let stack = GuestStack::new()?;
    let floor = stack.floor();
    let bounded = Bounded { host, limits: store_limits, stack: Some(stack), floor, host_time: None };
    let mut store = Store::new(engine, bounded);
    store.limiter(|data| &mut data.limits);
    store.call_hook(|mut store, transition| within_bounds(store.data_mut(), transition));
    store.set_hostcall_fuel(BYTES_PER_CALL);
    store.set_fuel(limits.fuel)?;
    Ok(store)
}

/// Ends the guest once the host has been busy for `limit` on its behalf, by `clock`, which never goes back. A single
/// host function is not interrupted.
pub fn limit_host_time<T>(store: &mut Store<Bounded<T>>, limit: Duration, clock: impl Fn() -> Duration + 'static) {
    store.data_mut().host_time = Some(HostTime::new(limit, clock));
}

/// Does `work`, which calls into the store's guest, on the guest's own stack. Every such call belongs in here:
/// instantiation too, since it runs the guest's start functions.
///
/// # Errors
/// Those of `work`, and [`crate::StackError`].
pub fn on_guest_stack<T: 'static, R>(
    store: &mut Store<Bounded<T>>,
    work: impl FnOnce(&mut Store<Bounded<T>>) -> Result<R>,
) -> Result<R> {
    let Some(mut stack) = store.data_mut().stack.take() else {
        return Err(StackError::InUse.into());
    };
    let result = stack.run(|| work(store));
    store.data_mut().stack = Some(stack);
    result?
}

/// What is checked whenever guest and host call each other.
fn within_bounds<T>(data: &mut Bounded<T>, transition: CallHook) -> Result<()> {
    within_stack(data, transition)?;
    data.host_time.as_mut().map_or(Ok(()), |time| time.follow(transition))
}

/// Refuses to call a guest anywhere but on its own stack, and refuses calls between host and guest where too little of
/// it is left for a host function. In the native tier wasmtime's own check comes first, since guest and host share the
/// stack; under Pulley nothing else bounds a guest and a host function that call each other.
fn within_stack<T>(data: &Bounded<T>, transition: CallHook) -> Result<()> {
    match transition {
        CallHook::CallingWasm if data.stack.is_some() => Err(StackError::NotSwitched.into()),
        CallHook::CallingWasm | CallHook::CallingHost if depth() < data.floor => Err(StackError::UsedUp.into()),
        _ => Ok(()),
    }
}
