//! TPM2_Hash (Part 3, section 15.4).

use super::Call;
use crate::crypto::hash::{Digest, HashAlg, hash as digest_of};
use crate::machine::Machine;
use crate::object::sequence::is_safe;
use crate::rc::Rc;
use crate::types::MaxBuffer;
use crate::types::attest::GENERATED;
use crate::types::handle::Hierarchy;
use crate::types::ticket::{Ticket, tag};

/// TPM2_Hash.
pub(super) fn hash(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let data: MaxBuffer = call.take()?;
    let alg: HashAlg = call.take()?;
    let hierarchy: Hierarchy = call.take()?;
    call.end()?;
    let digest = digest_of(alg, &[&data]);
    // This is all the data, so it is not the beginning of something longer.
    let safe = data.len() < GENERATED.len() || is_safe(&data);
    respond(machine, call, &digest, alg, hierarchy, safe);
    Ok(())
}

/// A digest, and the ticket that a restricted key will ask for.
pub(super) fn respond(
    machine: &Machine,
    call: &mut Call<'_>,
    digest: &Digest,
    alg: HashAlg,
    hierarchy: Hierarchy,
    safe: bool,
) {
    call.out.sized(digest);
    let ticket = if safe && hierarchy != Hierarchy::Null {
        Ticket::hash_check(hierarchy, &machine.roots.get(hierarchy).proof, alg, digest)
    } else {
        Ticket::null(tag::HASHCHECK)
    };
    ticket.write(&mut call.out);
}
