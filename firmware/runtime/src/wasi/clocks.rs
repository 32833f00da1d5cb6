//! `wasi:clocks`: both clocks are the machine's own.

use super::io::Pollable;
use super::{Get, interface};
use core::time::Duration;
use wasmtime::component::{ComponentType, Lift, Linker, Lower};
use wasmtime::{Result, StoreContextMut};

/// WASI's moment of wall time, since 1970 in UTC.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

/// The finest difference that is promised, in nanoseconds: time stamp counters do better, firmware's clocks do not.
const MONOTONIC_RESOLUTION: u64 = 1_000;
/// As above, of the wall clock: whole seconds are what all firmware has.
const WALL_RESOLUTION: Datetime = Datetime { seconds: 1, nanoseconds: 0 };

pub fn add<T: 'static>(linker: &mut Linker<T>, services: Get<T>) -> Result<()> {
    let now = move |store: &mut StoreContextMut<'_, T>| services(store.data_mut()).host.monotonic();

    let mut monotonic = interface(linker, "clocks/monotonic-clock")?;
    monotonic.func_wrap("now", move |mut store: StoreContextMut<'_, T>, (): ()| Ok((nanoseconds(now(&mut store)),)))?;
    monotonic.func_wrap("resolution", |_: StoreContextMut<'_, T>, (): ()| Ok((MONOTONIC_RESOLUTION,)))?;
    monotonic.func_wrap("subscribe-instant", |_: StoreContextMut<'_, T>, (moment,): (u64,)| {
        Ok((Pollable::at(Duration::from_nanos(moment)),))
    })?;
    monotonic.func_wrap("subscribe-duration", move |mut store: StoreContextMut<'_, T>, (duration,): (u64,)| {
        Ok((Pollable::at(now(&mut store).saturating_add(Duration::from_nanos(duration))),))
    })?;

    let mut wall = interface(linker, "clocks/wall-clock")?;
    wall.func_wrap("now", move |mut store: StoreContextMut<'_, T>, (): ()| {
        let time = services(store.data_mut()).host.wall_clock();
        Ok((Datetime { seconds: time.as_secs(), nanoseconds: time.subsec_nanos() },))
    })?;
    wall.func_wrap("resolution", |_: StoreContextMut<'_, T>, (): ()| Ok((WALL_RESOLUTION,)))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
