//! State as text: base64 (RFC 4648, section 4) between marks, as libtpms' TPMLIB_DecodeBlob takes it.

use alloc::vec::Vec;

const BEGIN: &str = "-----BEGIN INITSTATE-----";
const END: &str = "-----END INITSTATE-----";

/// The bytes between the marks. White space among them is passed over; what comes before and behind them is not read.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (_, text) = text.split_once(BEGIN)?;
    let (text, _) = text.split_once(END)?;
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if digits.len() % 4 != 0 {
        return None;
    }
    let padding = digits.iter().rev().take_while(|&&digit| digit == b'=').count();
    let (digits, _) = digits.split_at(digits.len() - padding);
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let mut bits = 0;
        for &digit in group {
            bits = bits << 6 | u32::from(value(digit)?);
        }
        // A short group stands for one byte less than it has digits; the bits that are left over must be zero.
        let left_over = 6 * group.len() % 8;
        if bits & ((1 << left_over) - 1) != 0 {
            return None;
        }
        bytes.extend_from_slice(&(bits >> left_over).to_be_bytes()[5 - group.len()..]);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
