//! `wasi:random`. The insecure interfaces get the same numbers: there is no cheaper source that is worth having.

use super::{Get, interface};
use alloc::vec;
use alloc::vec::Vec;
use wasmtime::component::Linker;
use wasmtime::{Result, StoreContextMut, bail};

/// Most bytes at once: a guest names the length, and firmware would really allocate it.
const MOST: u64 = 1 << 20;

pub fn add<T: 'static>(linker: &mut Linker<T>, services: Get<T>) -> Result<()> {
    let many = move |mut store: StoreContextMut<'_, T>, (length,): (u64,)| bytes(&mut store, services, length);
    let one = move |mut store: StoreContextMut<'_, T>, (): ()| Ok((number(&mut store, services),));

    let mut random = interface(linker, "random/random")?;
    random.func_wrap("get-random-bytes", many)?;
    random.func_wrap("get-random-u64", one)?;

    let mut insecure = interface(linker, "random/insecure")?;
    insecure.func_wrap("get-insecure-random-bytes", many)?;
    insecure.func_wrap("get-insecure-random-u64", one)?;

    interface(linker, "random/insecure-seed")?.func_wrap(
        "insecure-seed",
        move |mut store: StoreContextMut<'_, T>, (): ()| {
            Ok(((number(&mut store, services), number(&mut store, services)),))
        },
    )
}

fn bytes<T: 'static>(store: &mut StoreContextMut<'_, T>, services: Get<T>, length: u64) -> Result<(Vec<u8>,)> {
    if length > MOST {
        bail!("the guest asks for {length} random bytes at once; at most {MOST} are given");
    }
    // No truncation: the length is below MOST.
    let mut bytes = vec![0; length as usize];
    services(store.data_mut()).host.random(&mut bytes);
    Ok((bytes,))
}

fn number<T: 'static>(store: &mut StoreContextMut<'_, T>, services: Get<T>) -> u64 {
    let mut bytes = [0; 8];
    services(store.data_mut()).host.random(&mut bytes);
    u64::from_le_bytes(bytes)
}
