//! The attestation, and the evidence that it ends in.

use crate::failure::Failure;
use alloc::vec::Vec;
use app::{Timings, say, tpm};
use core::fmt::Display;
use evidence::{Evidence, Framed, Kind, PcrValue};
use tpm2_driver::commands::QualifyingData;
use tpm2_driver::{Attestation, Qualification, TpmTransport};

/// Attests with the TPM behind `transport` and prints the evidence. Returns it, and what it was made of.
pub fn attest<T: TpmTransport<Error: Display>>(
    transport: T,
    image: [u8; 32],
    modules: Vec<[u8; 32]>,
    nonce: Option<&[u8]>,
    timings: &mut Timings,
) -> Result<(Vec<u8>, Attestation), Failure> {
    let qualification = match nonce {
        None => Qualification::Unbound,
        Some(nonce) => Qualification::Nonce(QualifyingData::new(nonce).ok_or(Failure::Nonce(nonce.len()))?),
    };
    let measurements = [&[image][..], &modules].concat();
    let made = tpm::run_flow(transport, &measurements, qualification, timings)?;
    let evidence = Evidence {
        nonce: made.nonce.clone(),
        image,
        modules,
        pcrs: [PcrValue { index: 10, value: made.pcr_after }].to_vec(),
        ak_public: made.ak_public.clone(),
        attest: made.quote.attest.clone(),
        signature: made.quote.signature.clone(),
    };
    let bytes = evidence.encode().map_err(Failure::Evidence)?;
    say!("{}", Framed(Kind::Attest, &bytes));
    Ok((bytes, made))
}
