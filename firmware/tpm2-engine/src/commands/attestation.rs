//! Attestation (Part 3, section 18; Part 1, section 31).

use super::Call;
use super::properties::FIRMWARE_VERSION;
use crate::crypto::hash::hash;
use crate::crypto::kdf::kdfa;
use crate::machine::Machine;
use crate::object::{Object, sign};
use crate::rc::Rc;
use crate::types::attest::{Attest, Attested, ClockInfo};
use crate::types::handle::{Hierarchy, RH_NULL};
use crate::types::pcr_selection::{MAX_SELECTIONS, PcrSelection};
use crate::types::scheme::Scheme;
use crate::types::signature::Signature;
use crate::types::ticket::CONTEXT_HASH;
use crate::types::{Data, Name};
use crate::wire::read_list;
use alloc::vec::Vec;

/// What every attestation is asked with. Without a key it is not signed.
struct Request<'m> {
    key: Option<&'m Object>,
    scheme: Scheme,
    extra_data: Data,
}

impl<'m> Request<'m> {
    /// `index` is the place of the key in the handle area.
    fn new(machine: &'m Machine, call: &Call<'_>, index: usize, extra_data: Data, asked: Scheme) -> Result<Self, Rc> {
        let key = call.optional_object(machine, index, Rc::KEY)?;
        let Some(signer) = key else { return Ok(Self { key, scheme: Scheme::Null, extra_data }) };
        sign::check_signing(signer).map_err(|rc| rc.handle(index as u32 + 1))?;
        let scheme = sign::select(signer, asked).map_err(|rc| rc.parameter(2))?;
        Ok(Self { key, scheme, extra_data })
    }

    /// The attestation and its signature, as the response has them.
    fn attest(
        &self,
        machine: &Machine,
        attested: Attested<'_>,
        entropy: &[u8; 32],
    ) -> Result<(Vec<u8>, Signature), Rc> {
        let qualified_signer = match self.key {
            Some(key) => key.qualified_name(),
            None => Name::new(&RH_NULL.to_be_bytes()),
        };
        let (clock, firmware_version) = self.circumstances(machine, &qualified_signer);
        let bytes = Attest {
            qualified_signer: &qualified_signer,
            extra_data: &self.extra_data,
            clock,
            firmware_version,
            attested,
        }
        .to_bytes();
        let signature = match (self.key, self.scheme.hash()) {
            (Some(key), Some(alg)) => sign::sign(key, self.scheme, &hash(alg, &[&bytes]), entropy)?,
            _ => Signature::Null,
        };
        Ok((bytes, signature))
    }

    /// Clock and firmware version. Counters that would tell two keys to be of one TPM are obscured, by a value that
    /// is constant for the key, unless the key's hierarchy tells as much anyway (Part 1, section 36.7).
    fn circumstances(&self, machine: &Machine, qualified_signer: &Name) -> (ClockInfo, u64) {
        let mut clock = machine.clock.info();
        let hierarchy = self.key.map_or(Hierarchy::Null, |key| key.hierarchy);
        if matches!(hierarchy, Hierarchy::Endorsement | Hierarchy::Platform) {
            return (clock, FIRMWARE_VERSION);
        }
        let mask = kdfa(CONTEXT_HASH, &machine.roots.owner.proof, "OBFUSCATE", qualified_signer, &[], 16);
        let number = |bytes: &[u8]| bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        clock.reset_count = clock.reset_count.wrapping_add(number(&mask[8..12]) as u32);
        clock.restart_count = clock.restart_count.wrapping_add(number(&mask[12..]) as u32);
        (clock, FIRMWARE_VERSION.wrapping_add(number(&mask[..8])))
    }
}

/// The clock in an attestation is a promise, which an orderly shutdown before it did not include.
fn respond(machine: &mut Machine, call: &mut Call<'_>, (attest, signature): (Vec<u8>, Signature)) {
    if !matches!(signature, Signature::Null) {
        machine.disturb();
    }
    call.out.sized(&attest);
    call.out.put(&signature);
}

/// TPM2_Certify.
pub(super) fn certify(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let extra_data: Data = call.take()?;
    let asked = call.take_with(Scheme::read_signature)?;
    call.end()?;
    let entropy = machine.drbg.array(call.platform);
    let request = Request::new(machine, call, 1, extra_data, asked)?;
    let object = call.object(machine, 0, Rc::TYPE)?;
    let attested = Attested::Certify { name: &object.name, qualified_name: &object.qualified_name() };
    let response = request.attest(machine, attested, &entropy)?;
    respond(machine, call, response);
    Ok(())
}

/// TPM2_Quote.
pub(super) fn quote(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let extra_data: Data = call.take()?;
    let asked = call.take_with(Scheme::read_signature)?;
    let mut selections: Vec<PcrSelection> = call.take_with(|reader| read_list(reader, MAX_SELECTIONS))?;
    call.end()?;
    let entropy = machine.drbg.array(call.platform);
    let request = Request::new(machine, call, 0, extra_data, asked)?;
    // The PCRs are digested with the algorithm of the scheme; without a key there is none.
    let alg = request.scheme.hash().ok_or(Rc::SCHEME.parameter(2))?;
    let digest = machine.pcrs.digest(alg, &mut selections);
    let response = request.attest(machine, Attested::Quote { selections: &selections, digest }, &entropy)?;
    respond(machine, call, response);
    Ok(())
}

/// TPM2_GetTime.
pub(super) fn get_time(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let extra_data: Data = call.take()?;
    let asked = call.take_with(Scheme::read_signature)?;
    call.end()?;
    let entropy = machine.drbg.array(call.platform);
    let request = Request::new(machine, call, 1, extra_data, asked)?;
    let attested =
        Attested::Time { time: machine.clock.time, clock: machine.clock.info(), firmware_version: FIRMWARE_VERSION };
    let response = request.attest(machine, attested, &entropy)?;
    respond(machine, call, response);
    Ok(())
}
