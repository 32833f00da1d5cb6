//! Measured boot as a UEFI application.
//!
//! Measures the image that runs, and the guests staged beside it, into a TPM of its own; has the TPM quote that over a
//! verifier's nonce; writes the evidence to the console and to the boot medium; has the machine's own TPM, if there is
//! one, quote over that, which it writes likewise; and only then runs the guests, which so
//! cannot change what was said about them. It grants them nothing. Then the machine is switched off.
#![no_std]
#![no_main]

extern crate alloc;

mod attestation;
mod binding;
mod failure;
mod medium;
mod network;
mod nonce;
mod platform;

use crate::failure::Failure;
use app::{Staged, Timings, finish, linked_for, measure, say, staged, tpm};
use runtime::{Guest, Runtime, guest};
use uefi::{Status, entry};
use uefi_host::{Clock, Grants, tier};

/// `components/tpm`, or what `TPM_COMPONENT` of scripts/build.sh put in its place.
static TPM: Guest = guest!("TPM");

#[entry]
fn main() -> Status {
    finish("citadel-attest", &run(&mut Timings::new(Clock::start())))
}

fn run(timings: &mut Timings) -> Result<(), Failure> {
    // Firmware leaves its own escape sequences on the line.
    say!();
    say!("citadel-attest {}", env!("CARGO_PKG_VERSION"));
    let image = timings.measure("image-measure", || measure(linked_for!()))?;
    let nonce = timings.measure("nonce", nonce::find)?;
    let staged = staged::find(timings)?;
    let chosen = timings.measure("engine", tier::choose)?;
    let outcome = attest_and_run(&chosen.runtime, image, nonce.as_deref(), &staged, timings);
    timings.print();
    say!("tier: {chosen}");
    outcome
}

/// The evidence first, then the guests that it speaks of.
fn attest_and_run(
    runtime: &Runtime,
    image: [u8; 32],
    nonce: Option<&[u8]>,
    staged: &[Staged],
    timings: &mut Timings,
) -> Result<(), Failure> {
    let transport = tpm::start(runtime, &TPM, timings)?;
    let modules = staged.iter().map(Staged::digest).collect();
    let (evidence, made) = attestation::attest(transport, image, modules, nonce, timings)?;
    timings.measure("evidence-write", || medium::write(medium::EVIDENCE, &evidence));
    if let Some(binding) = timings.measure("bind", || binding::bind(&made)) {
        timings.measure("binding-write", || medium::write(medium::BINDING, &binding));
    }
    staged.iter().try_for_each(|guest| Ok(guest.run(runtime, timings, Grants::default())?))
}
