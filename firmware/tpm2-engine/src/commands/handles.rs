//! What a command may have in its handle area.

use crate::object::slots;
use crate::pcr;
use crate::rc::Rc;
use crate::types::handle::{Hierarchy, RH_NULL, TRANSIENT_FIRST, kind, kind_of};

/// What an authorisation is for (Part 1, section 19.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    None,
    User,
    Admin,
}

/// One place in a handle area.
#[derive(Clone, Copy)]
pub(crate) struct Handle {
    pub(crate) kind: Kind,
    pub(crate) role: Role,
}

/// TPMI types (Part 2, section 9).
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// TPMI_DH_OBJECT.
    Object,
    /// TPMI_DH_OBJECT+.
    ObjectOrNull,
    /// TPMI_DH_ENTITY+.
    EntityOrNull,
    /// TPMI_DH_CONTEXT.
    Context,
    /// TPMI_DH_PCR.
    Pcr,
    /// TPMI_DH_PCR+.
    PcrOrNull,
    /// TPMI_RH_HIERARCHY+.
    Hierarchy,
    /// TPMI_RH_PROVISION.
    OwnerOrPlatform,
    /// TPMI_RH_ENDORSEMENT.
    Endorsement,
}

const fn handle(kind: Kind, role: Role) -> Handle {
    Handle { kind, role }
}

pub(super) const OBJECT: Handle = handle(Kind::Object, Role::None);
pub(super) const KEY: Handle = handle(Kind::Object, Role::User);
pub(super) const SEQUENCE: Handle = handle(Kind::Object, Role::User);
pub(super) const ADMIN_OBJECT: Handle = handle(Kind::Object, Role::Admin);
pub(super) const SIGNER: Handle = handle(Kind::ObjectOrNull, Role::User);
pub(super) const SALT_KEY: Handle = handle(Kind::ObjectOrNull, Role::None);
pub(super) const BIND: Handle = handle(Kind::EntityOrNull, Role::None);
pub(super) const CONTEXT: Handle = handle(Kind::Context, Role::None);
pub(super) const PCR: Handle = handle(Kind::Pcr, Role::User);
pub(super) const PCR_OR_NULL: Handle = handle(Kind::PcrOrNull, Role::User);
pub(super) const HIERARCHY: Handle = handle(Kind::Hierarchy, Role::User);
pub(super) const OWNER_OR_PLATFORM: Handle = handle(Kind::OwnerOrPlatform, Role::User);
pub(super) const ENDORSEMENT: Handle = handle(Kind::Endorsement, Role::User);

impl Kind {
    /// The handle, or TPM_RC_VALUE if no such handle can be here.
    pub(crate) fn check(self, handle: u32) -> Result<u32, Rc> {
        let possible = match self {
            Self::Object => is_object(handle),
            Self::ObjectOrNull => is_object(handle) || handle == RH_NULL,
            Self::EntityOrNull => is_object(handle) || is_pcr(handle) || Hierarchy::from_handle(handle).is_some(),
            Self::Context => {
                [kind::HMAC_SESSION, kind::POLICY_SESSION].contains(&kind_of(handle)) || is_transient(handle)
            }
            Self::Pcr => is_pcr(handle),
            Self::PcrOrNull => is_pcr(handle) || handle == RH_NULL,
            Self::Hierarchy => Hierarchy::from_handle(handle).is_some(),
            Self::OwnerOrPlatform => [Hierarchy::Owner.handle(), Hierarchy::Platform.handle()].contains(&handle),
            Self::Endorsement => handle == Hierarchy::Endorsement.handle(),
        };
        if possible { Ok(handle) } else { Err(Rc::VALUE) }
    }
}

fn is_pcr(handle: u32) -> bool {
    (handle as usize) < pcr::COUNT
}

/// The range of transient handles is as long as there are places for objects.
fn is_transient(handle: u32) -> bool {
    (TRANSIENT_FIRST..TRANSIENT_FIRST + slots::COUNT as u32).contains(&handle)
}

fn is_object(handle: u32) -> bool {
    is_transient(handle) || kind_of(handle) == kind::PERSISTENT
}
