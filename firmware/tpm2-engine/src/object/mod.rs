//! Objects: keys and data with a public and perhaps a sensitive area (Part 1, section 24), and where they are kept.

pub(crate) mod checks;
pub(crate) mod context;
pub(crate) mod create;
pub(crate) mod load;
pub(crate) mod sequence;
pub(crate) mod sign;
pub(crate) mod slots;

use crate::rc::Rc;
use crate::types::attributes::Attributes;
use crate::types::handle::Hierarchy;
use crate::types::public::{Public, named};
use crate::types::sensitive::Sensitive;
use crate::types::{Name, YesNo};
use crate::wire::{Reader, Wire, Writer};

/// A loaded object.
#[derive(Clone)]
pub(crate) struct Object {
    pub(crate) public: Public,
    /// Absent in an object of which only the public area was loaded.
    pub(crate) sensitive: Option<Sensitive>,
    pub(crate) hierarchy: Hierarchy,
    /// Made elsewhere and loaded by TPM2_LoadExternal.
    pub(crate) external: bool,
    pub(crate) name: Name,
}

impl Object {
    pub(crate) fn new(public: Public, sensitive: Option<Sensitive>, hierarchy: Hierarchy, external: bool) -> Self {
        let name = public.name();
        Self { public, sensitive, hierarchy, external, name }
    }

    pub(crate) fn has(&self, attributes: u32) -> bool {
        self.public.has(attributes)
    }

    /// The Name of the ancestors and the object (Part 1, section 26.5); that of an external object is its Name.
    pub(crate) fn qualified_name(&self) -> Name {
        match self.public.name_alg {
            Some(alg) if !self.external => named(alg, &[&self.hierarchy.handle().to_be_bytes(), &self.name]),
            _ => self.name.clone(),
        }
    }

    /// Whether the object may be made persistent: one that outlives a restart, and whole.
    pub(crate) fn may_persist(&self) -> bool {
        self.hierarchy != Hierarchy::Null && !self.has(Attributes::ST_CLEAR) && self.sensitive.is_some()
    }
}

/// The form in which contexts and states hold an object. The name is computed anew, so it cannot disagree.
impl Wire for Object {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        let public = reader.structure()?;
        let sensitive = reader.optional_structure()?;
        let hierarchy = Wire::read(reader)?;
        let external = YesNo::read(reader)?.0;
        Ok(Self::new(public, sensitive, hierarchy, external))
    }

    fn write(&self, writer: &mut Writer) {
        writer.structure(&self.public);
        match &self.sensitive {
            Some(sensitive) => writer.structure(sensitive),
            None => writer.u16(0),
        }
        writer.put(&self.hierarchy);
        writer.put(&YesNo(self.external));
    }
}
