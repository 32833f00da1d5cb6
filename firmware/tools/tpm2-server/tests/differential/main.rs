//! tpm2-engine beside libtpms: the same commands to both, the responses compared. What must differ is masked; what
//! differs because libtpms has more is listed where it is expected, with the reason.

mod commands;
mod faults;
mod mask;
mod pair;
mod samples;
mod successes;
