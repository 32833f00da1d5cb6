//! Proof that the allocator works before anything depends on it.

use crate::failure::Failure;
use alloc::vec::Vec;

/// Numbers stored: half a megabyte, which no firmware lacks.
const COUNT: u64 = 65_536;

/// Stores numbers on the heap, adds them up and compares with the sum that arithmetic promises. Returns the bytes used.
pub fn prove() -> Result<usize, Failure> {
    let numbers: Vec<u64> = (0..COUNT).collect();
    let sum: u64 = numbers.iter().sum();
    if sum != COUNT * (COUNT - 1) / 2 {
        return Err(Failure::Heap);
    }
    Ok(numbers.len() * size_of::<u64>())
}
