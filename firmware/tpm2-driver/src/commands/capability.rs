//! `TPM2_GetCapability` (Part 3, 30.2).

use super::PcrSelection;
use crate::wire::{Command, CommandCode, LONGEST, Malformed, Problem, Reader, Success};
use alloc::vec::Vec;

/// `TPM_CAP`: what is asked about. Those that an attester has a use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// `TPM_CAP_ALGS`.
    Algorithms,
    /// `TPM_CAP_HANDLES`.
    Handles,
    /// `TPM_CAP_COMMANDS`.
    Commands,
    /// `TPM_CAP_PCRS`.
    Pcrs,
    /// `TPM_CAP_TPM_PROPERTIES`.
    Properties,
    /// `TPM_CAP_ECC_CURVES`.
    Curves,
}

impl Capability {
    const fn number(self) -> u32 {
        match self {
            Self::Algorithms => 0,
            Self::Handles => 1,
            Self::Commands => 2,
            Self::Pcrs => 5,
            Self::Properties => 6,
            Self::Curves => 8,
        }
    }
}

/// The values of one capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapabilityData {
    /// Algorithms, each with its `TPMA_ALGORITHM`.
    Algorithms(Vec<(u16, u32)>),
    /// Handles in use.
    Handles(Vec<u32>),
    /// `TPMA_CC` of each command.
    Commands(Vec<u32>),
    /// The allocated PCRs of each bank.
    Pcrs(Vec<PcrSelection>),
    /// Properties, each with its value.
    Properties(Vec<(u32, u32)>),
    /// Curves.
    Curves(Vec<u16>),
}

/// `TPM2_GetCapability` for at most `count` values from `property` on.
#[must_use]
pub fn get_capability(capability: Capability, property: u32, count: u32) -> Vec<u8> {
    Command::new(CommandCode::GET_CAPABILITY).u32(capability.number()).u32(property).u32(count).finish()
}

/// Whether there are more values, and those that came.
///
/// # Errors
/// When the response does not hold, or is about another capability.
pub fn parse_get_capability(response: &Success, asked: Capability) -> Result<(bool, CapabilityData), Malformed> {
    response.parameters(|reader| {
        let flag = reader.malformed(Problem::Expected("0 or 1 for moreData"));
        let more = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(flag),
        };
        reader.expect(&asked.number().to_be_bytes(), "the capability asked for")?;
        Ok((more, values(reader, asked)?))
    })
}

fn values(reader: &mut Reader<'_>, asked: Capability) -> Result<CapabilityData, Malformed> {
    Ok(match asked {
        Capability::Algorithms => CapabilityData::Algorithms(list(reader, |r| Ok((r.u16()?, r.u32()?)))?),
        Capability::Handles => CapabilityData::Handles(list(reader, Reader::u32)?),
        Capability::Commands => CapabilityData::Commands(list(reader, Reader::u32)?),
        Capability::Pcrs => CapabilityData::Pcrs(PcrSelection::list(reader)?),
        Capability::Properties => CapabilityData::Properties(list(reader, |r| Ok((r.u32()?, r.u32()?)))?),
        Capability::Curves => CapabilityData::Curves(list(reader, Reader::u16)?),
    })
}

/// Each value is at least two bytes, so a longer list cannot be in a response. Memory grows with what was read, not
/// with what the count says.
fn list<'a, T>(
    reader: &mut Reader<'a>,
    one: impl Fn(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let count = reader.count(LONGEST / 2)?;
    let mut values = Vec::new();
    for _ in 0..count {
        values.push(one(reader)?);
    }
    Ok(values)
}
