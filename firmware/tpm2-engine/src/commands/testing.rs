//! Self-tests (Part 3, section 10). All algorithms are tested each time: it takes a millisecond, so that nothing is
//! ever left to test later and TPM_RC_TESTING is never the answer.

use super::Call;
use super::capability_lists::ALGORITHMS;
use crate::crypto::self_test;
use crate::machine::Machine;
use crate::rc::Rc;
use crate::types::YesNo;
use crate::wire::read_list;
use alloc::vec::Vec;

/// MAX_ALG_LIST_SIZE.
const MAX_ALGS: u32 = 64;

/// TPM2_SelfTest.
pub(super) fn self_test(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    let _full: YesNo = call.take()?;
    call.end()?;
    test(machine)
}

/// TPM2_IncrementalSelfTest: afterwards no algorithm is left to test.
pub(super) fn incremental_self_test(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    call.take_with(|reader| read_list::<u16>(reader, MAX_ALGS).and_then(check_known))?;
    call.end()?;
    test(machine)?;
    call.out.list::<u16>(&[]);
    Ok(())
}

/// Part 3, 10.3: an algorithm that is not implemented cannot be tested.
fn check_known(algs: Vec<u16>) -> Result<(), Rc> {
    let known = algs.iter().all(|alg| ALGORITHMS.iter().any(|entry| entry.id == *alg));
    if known { Ok(()) } else { Err(Rc::VALUE) }
}

fn test(machine: &mut Machine) -> Result<(), Rc> {
    machine.failed = !self_test::passes();
    if machine.failed { Err(Rc::FAILURE) } else { Ok(()) }
}

/// TPM2_GetTestResult.
pub(super) fn get_test_result(machine: &mut Machine, call: &mut Call<'_>) -> Result<(), Rc> {
    call.end()?;
    call.out.sized(&[]);
    call.out.u32(if machine.failed { Rc::FAILURE.code() } else { 0 });
    Ok(())
}
