//! `tegmentum:uefi/variables`.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::variables::{Attributes, Host, Status, Variable, VariableKey};
use crate::names::{guid, ucs2};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use uefi::runtime::{self, VariableAttributes, VariableVendor};

/// Limits that `wit/uefi/variables.wit` promises: characters of a name, bytes of a value, keys in a list.
const LONGEST_NAME: usize = 512;
const LARGEST: usize = 32_768;
const MOST_KEYS: usize = 4_096;

/// Attributes by both names.
const ATTRIBUTES: [(VariableAttributes, Attributes); 6] = [
    (VariableAttributes::NON_VOLATILE, Attributes::NON_VOLATILE),
    (VariableAttributes::BOOTSERVICE_ACCESS, Attributes::BOOT_SERVICE_ACCESS),
    (VariableAttributes::RUNTIME_ACCESS, Attributes::RUNTIME_ACCESS),
    (VariableAttributes::HARDWARE_ERROR_RECORD, Attributes::HARDWARE_ERROR_RECORD),
    (VariableAttributes::TIME_BASED_AUTHENTICATED_WRITE_ACCESS, Attributes::TIME_BASED_AUTHENTICATED_WRITE_ACCESS),
    (VariableAttributes::APPEND_WRITE, Attributes::APPEND_WRITE),
];
/// How many of them, from the first on, a guest may set.
const WRITABLE: usize = 3;

impl Host for UefiHost {
    fn get(&mut self, name: String, vendor: String) -> Result<Variable, Status> {
        let vendor = VariableVendor(guid(&vendor)?);
        let (data, firmware) = runtime::get_variable_boxed(&ucs2(&name, LONGEST_NAME)?, &vendor)?;
        let mut attributes = Attributes::empty();
        for (theirs, ours) in ATTRIBUTES {
            if firmware.contains(theirs) {
                attributes |= ours;
            }
        }
        Ok(Variable { attributes, data: data.into_vec() })
    }

    fn set(&mut self, name: String, vendor: String, value: Variable) -> Result<(), Status> {
        if !self.grants.write_variables {
            return Err(Status::AccessDenied);
        }
        let vendor = VariableVendor(guid(&vendor)?);
        let name = ucs2(&name, LONGEST_NAME)?;
        if value.data.len() > LARGEST {
            return Err(Status::InvalidParameter);
        }
        Ok(runtime::set_variable(&name, &vendor, writable(value.attributes)?, &value.data)?)
    }

    fn list_keys(&mut self) -> Result<Vec<VariableKey>, Status> {
        runtime::variable_keys()
            .take(MOST_KEYS)
            .map(|key| {
                let key = key?;
                Ok(VariableKey { name: key.name.to_string(), vendor: key.vendor.0.to_string() })
            })
            .collect()
    }
}

fn writable(wanted: Attributes) -> Result<VariableAttributes, Status> {
    let mut left = wanted;
    let mut attributes = VariableAttributes::empty();
    for (theirs, ours) in ATTRIBUTES.into_iter().take(WRITABLE) {
        if wanted.contains(ours) {
            attributes |= theirs;
            left &= !ours;
        }
    }
    if left == Attributes::empty() { Ok(attributes) } else { Err(Status::InvalidParameter) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_attributes_are_a_guests_to_set() {
        let wanted = Attributes::NON_VOLATILE | Attributes::RUNTIME_ACCESS;
        assert_eq!(writable(wanted), Ok(VariableAttributes::NON_VOLATILE | VariableAttributes::RUNTIME_ACCESS));
    }

    #[test]
    fn the_others_are_not() {
        for (_, attribute) in ATTRIBUTES.into_iter().skip(WRITABLE) {
            assert_eq!(writable(Attributes::NON_VOLATILE | attribute), Err(Status::InvalidParameter));
        }
    }
}
