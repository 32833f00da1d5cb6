//! Prints evidence that a swtpm of its own signed: for tests that need a true CATT1 without booting anything.

use evidence::{Evidence, Framed, Kind, PcrValue};
use std::error::Error;
use tpm2_driver::commands::QualifyingData;
use tpm2_driver::swtpm::Swtpm;
use tpm2_driver::{Qualification, Tpm, attest};

/// Stands for an image digest.
const IMAGE: [u8; 32] = [0x11; 32];

fn main() -> Result<(), Box<dyn Error>> {
    let nonce = std::env::args().nth(1).ok_or("usage: attest-with-swtpm NONCE (its characters are the nonce)")?;
    let data = QualifyingData::new(nonce.as_bytes()).ok_or("the nonce has more than 64 bytes")?;
    let mut tpm = Tpm::new(Swtpm::start()?);
    let made = attest(&mut tpm, &[IMAGE], Qualification::Nonce(data), &mut ())?;
    let evidence = Evidence {
        nonce: made.nonce,
        image: IMAGE,
        modules: Vec::new(),
        pcrs: vec![PcrValue { index: 10, value: made.pcr_after }],
        ak_public: made.ak_public,
        attest: made.quote.attest,
        signature: made.quote.signature,
    };
    println!("{}", Framed(Kind::Attest, &evidence.encode()?));
    Ok(())
}
