//! TPMs on a host: a server of tpm2-engine or of a component that tpm2-tools talk to, and libtpms in swtpm as the
//! reference to compare with.

#[cfg(feature = "component")]
pub mod component;
pub mod control;
pub mod device;
pub mod host;
pub mod reference;
pub mod server;
