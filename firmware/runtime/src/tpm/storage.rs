//! `tegmentum:tpm/storage` and `io`: a TPM's state in what the host stores by name, and who sends it commands.

use crate::{Host, Services};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use wasmtime::component::Linker;
use wasmtime::{Result, StoreContextMut};

/// TPM_FAIL of TPM 1.2, by which libtpms' callbacks say that they could not.
const FAIL: u32 = 9;
/// TPM_RETRY of TPM 1.2, by which libtpms' callbacks say that there is nothing.
const NOTHING: u32 = 0x800;
/// Most bytes of one name: libtpms' permanent state with every NV index in use has less than half of that.
const LARGEST: usize = 1 << 20;
/// Longest name, in characters.
const LONGEST_NAME: usize = 32;

/// Offers both interfaces to guests whose store holds [`Services`], found by `services`.
pub fn add<T: 'static>(linker: &mut Linker<T>, services: fn(&mut T) -> &mut Services) -> Result<()> {
    let mut storage = linker.instance("tegmentum:tpm/storage@0.1.0")?;
    storage.func_wrap("init", |_: StoreContextMut<'_, T>, (): ()| Ok((Ok::<(), u32>(()),)))?;
    storage.func_wrap("load-data", move |mut store: StoreContextMut<'_, T>, (number, name): (u32, String)| {
        Ok((load(services(store.data_mut()).host(), number, &name),))
    })?;
    storage.func_wrap(
        "store-data",
        move |mut store: StoreContextMut<'_, T>, (data, number, name): (Vec<u8>, u32, String)| {
            Ok((keep(services(store.data_mut()).host(), &data, number, &name),))
        },
    )?;
    storage.func_wrap(
        "delete-name",
        move |mut store: StoreContextMut<'_, T>, (number, name, must_exist): (u32, String, bool)| {
            Ok((delete(services(store.data_mut()).host(), number, &name, must_exist),))
        },
    )?;

    let mut io = linker.instance("tegmentum:tpm/io@0.1.0")?;
    io.func_wrap("init", |_: StoreContextMut<'_, T>, (): ()| Ok((Ok::<(), u32>(()),)))?;
    // The operating system's locality, and nobody in front of the machine: what a boot without people can claim.
    io.func_wrap("get-locality", |_: StoreContextMut<'_, T>, (_,): (u32,)| Ok((Ok::<u32, u32>(0),)))?;
    io.func_wrap("get-physical-presence", |_: StoreContextMut<'_, T>, (_,): (u32,)| Ok((Ok::<bool, u32>(false),)))
}

fn load(host: &mut dyn Host, number: u32, name: &str) -> Result<Vec<u8>, u32> {
    let file = file_name(number, name).ok_or(FAIL)?;
    match host.load(&file) {
        Ok(data) => data.ok_or(NOTHING),
        Err(reason) => Err(say(host, "cannot be read", &file, &reason)),
    }
}

fn keep(host: &mut dyn Host, data: &[u8], number: u32, name: &str) -> Result<(), u32> {
    let file = file_name(number, name).ok_or(FAIL)?;
    if data.len() > LARGEST {
        let reason = format!("it has {} bytes, and at most {LARGEST} are kept", data.len());
        return Err(say(host, "cannot be written", &file, &reason));
    }
    host.store(&file, data).map_err(|reason| say(host, "cannot be written", &file, &reason))
}

fn delete(host: &mut dyn Host, number: u32, name: &str, must_exist: bool) -> Result<(), u32> {
    let file = file_name(number, name).ok_or(FAIL)?;
    match host.delete(&file) {
        Ok(false) if must_exist => Err(FAIL),
        Ok(_) => Ok(()),
        Err(reason) => Err(say(host, "cannot be deleted", &file, &reason)),
    }
}

/// The guest gets a number, the console the reason.
fn say(host: &mut dyn Host, what: &str, file: &str, reason: &str) -> u32 {
    host.write(format!("tpm: state {file} {what}: {reason}\n").as_bytes());
    FAIL
}

/// swtpm's name for a file of state. None for a name that could lead elsewhere, or that FAT would take for another.
fn file_name(number: u32, name: &str) -> Option<String> {
    let fits = name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('.')
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_'));
    fits.then(|| format!("tpm2-{number:02}.{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_the_name_that_swtpm_gives_it() {
        assert_eq!(file_name(0, "permall").as_deref(), Some("tpm2-00.permall"));
    }

    #[test]
    fn a_name_that_could_lead_elsewhere_is_refused() {
        for name in ["", ".", "..", "../x", "a/b", "a\\b", "A", "a:b", "a.", "a\0", "é", &"a".repeat(33)] {
            assert_eq!(file_name(0, name), None, "{name:?}");
        }
    }
}
